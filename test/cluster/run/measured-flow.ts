import { Pace } from '../../faults/answers.js';
import { openEventStream } from '../../support/event-stream.js';
import type { ClusterWorld } from './cluster-world.js';
import type { Instance } from './instance.js';

/** A chatflow that says always the same, at an even pace. */
export class MeasuredFlow {
  readonly text: string;

  private constructor(
    private readonly world: ClusterWorld,
    readonly id: string,
    tokens: readonly string[],
  ) {
    this.text = tokens.join('');
  }

  static async define(
    world: ClusterWorld,
    id: string,
    count: number,
    pauseMs: number,
  ): Promise<MeasuredFlow> {
    const tokens = Array.from({ length: count }, (_, index) => `${id} says ${index}, `);
    world.upstream.defineFlow(id, { kind: 'chain', answer: () => tokens, gate: () => new Pace(pauseMs) });
    await world.api.call('PUT', `/chatflows/${id}`, world.people.adminToken, {
      name: id,
      provider: 'flowise',
      upstream: { flowId: id },
      price: { credits: 1 },
      access: { public: true },
    });
    return new MeasuredFlow(world, id, tokens);
  }

  /** Asks an instance, or nginx. @returns the turn's ids once it has begun; nobody reads it there any more */
  async askAt({ url }: Pick<Instance, 'url'>, token = this.token): Promise<Begun> {
    const stream = await openEventStream(`${url}/predict/stream/store`, {
      token,
      body: { chatflow_id: this.id, question: 'Go on.' },
    });
    if (stream.status !== 200) throw new Error(`asking answered ${stream.status}: ${await stream.text()}`);
    const { 'x-turn-id': turnId, 'x-session-id': sessionId } = stream.headers;
    stream.abort();
    return { turnId: String(turnId), sessionId: String(sessionId) };
  }

  /** Follows a turn by one instance, however often the stream ends before the turn does. @param onToken at each, with the turn's text so far */
  async followAt(instance: Instance, turnId: string, onToken: (text: string) => void): Promise<Followed> {
    const followed = { text: '', end: '', connections: 0 };
    for (let after = 0; followed.end === '';) {
      followed.connections++;
      const stream = await openEventStream(`${instance.url}/turns/${turnId}/stream?after=${after}`, {
        token: this.token,
      });
      try {
        for await (const { id, json } of stream) {
          if (id !== undefined) after = Number(id);
          if (json?.event === 'token') onToken((followed.text += String(json.data)));
          if (json?.event === 'error') followed.end = String(json.code);
          if (json?.event === 'end' && followed.end === '') followed.end = 'completed';
        }
      } catch {
        // It goes on from where it was.
      }
    }
    return followed;
  }

  private get token(): string {
    return this.world.people.users[0]?.token ?? '';
  }
}

export interface Begun {
  readonly turnId: string;
  readonly sessionId: string;
}

export interface Followed {
  readonly text: string;
  /** `completed`, or the code of the error that it ended with. */
  readonly end: string;
  readonly connections: number;
}
