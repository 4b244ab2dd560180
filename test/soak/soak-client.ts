import { randomUUID } from 'node:crypto';
import { STREAM_ROUTES, requestOf, type StreamRoute } from '../support/dialects/stream-routes.js';
import { openEventStream } from '../support/event-stream.js';
import type { Random } from '../faults/random.js';
import type { SoakUser, SoakWorld } from './soak-world.js';

const ROUTES: readonly StreamRoute[] = STREAM_ROUTES.filter(({ follow }) => follow === undefined);
const PREDICT = ROUTES.filter(({ name }) => name === 'POST /predict/stream/store');
const SHORT_CHATFLOWS = ['short', 'model', 'assistant'];
const MOST_FRAMES_BEFORE_ACTING = 8;
/** After so many deeds somebody begins a session anew, and deletes the old one half of the times. */
const DEEDS_PER_SESSION = 8;

/** What people do, and how often. */
const DEEDS = [
  ['short', 50],
  ['long', 12],
  ['leave', 8],
  ['resume', 8],
  ['stop', 8],
  ['failing', 6],
  ['lists', 6],
  ['log-in', 2],
] as const;
export type Deed = (typeof DEEDS)[number][0] | 'delete';

/** What all clients have done together. */
export class Tally {
  turns = 0;
  readonly done = new Map<Deed, number>();
  /** Answers that nobody expected, by what they were. */
  readonly unexpected = new Map<string, number>();

  count(deed: Deed): void {
    this.done.set(deed, (this.done.get(deed) ?? 0) + 1);
  }

  complain(what: string): void {
    this.unexpected.set(what, (this.unexpected.get(what) ?? 0) + 1);
  }
}

/** One client of a user, in sessions of its own. */
export class SoakClient {
  private sessionId = randomUUID();
  private deeds = 0;
  private token: string;

  constructor(
    private readonly world: SoakWorld,
    private readonly user: SoakUser,
    private readonly tally: Tally,
    private readonly random: Random,
  ) {
    this.token = user.token;
  }

  async act(): Promise<void> {
    const deed = this.random.pick(DEEDS);
    try {
      await this.perform(deed);
      this.tally.count(deed);
      if (++this.deeds % DEEDS_PER_SESSION === 0) await this.beginAnew(this.random.chance(0.5));
    } catch (error) {
      this.tally.complain(`${deed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private perform(deed: Exclude<Deed, 'delete'>): Promise<unknown> {
    switch (deed) {
      case 'short':
        return this.ask(this.oneOf(ROUTES), this.oneOf(SHORT_CHATFLOWS));
      case 'long':
        return this.ask(this.oneOf(ROUTES), 'long');
      case 'failing':
        return this.ask(this.oneOf(ROUTES), 'failing', [200, 502, 503, 504]);
      case 'leave':
        return this.ask(this.oneOf(ROUTES), 'long', [200], () => Promise.resolve());
      case 'resume':
        return this.ask(this.oneOf(PREDICT), 'long', [200], (turnId, lastId) => this.resume(turnId, lastId));
      case 'stop':
        return this.ask(this.oneOf(PREDICT), 'long', [200], (turnId) =>
          this.world.api.call('POST', `/turns/${turnId}/stop`, this.token, undefined, [200, 202]),
        );
      case 'lists':
        return Promise.all(
          ['/sessions?limit=20', '/accounting/transactions', '/chatflows', '/auth/me'].map((path) =>
            this.world.api.get(path, this.token),
          ),
        );
      case 'log-in':
        return this.world.logIn(this.user).then((token) => (this.token = token));
    }
  }

  /** @param leave what is done after some frames, when the client does not read to the end */
  private async ask(
    route: StreamRoute,
    chatflowId: string,
    allowed: readonly number[] = [200],
    leave?: (turnId: string, lastId: string) => Promise<unknown>,
  ): Promise<void> {
    const { userId } = this.user;
    const asking = { url: this.world.server.url, token: this.token, userId, chatflowId } as const;
    const request = requestOf(route, { ...asking, sessionId: this.sessionId });
    const stream = await openEventStream(`${asking.url}${request.path}`, request);
    if (stream.status !== 200) {
      const text = await stream.text();
      await this.beginAnew(false);
      if (!allowed.includes(stream.status))
        throw new Error(`${route.name} ${stream.status} ${text.slice(0, 200)}`);
      return;
    }
    this.tally.turns++;
    const most = leave === undefined ? Infinity : 1 + this.random.below(MOST_FRAMES_BEFORE_ACTING);
    let frames = 0;
    let lastId = '0';
    try {
      for await (const { id } of stream) {
        lastId = id ?? lastId;
        if (++frames >= most) break;
      }
    } catch (error) {
      // Some formats end a failed answer by breaking off.
      if (route.breaksOff !== true) throw error;
    } finally {
      stream.abort();
    }
    if (leave === undefined) return;
    await leave(String(stream.headers['x-turn-id']), lastId);
    // What goes on there would refuse the next question.
    await this.beginAnew(false);
  }

  private async resume(turnId: string, lastId: string): Promise<void> {
    const stream = await openEventStream(`${this.world.server.url}/turns/${turnId}/stream`, {
      token: this.token,
      headers: { 'last-event-id': lastId },
    });
    if (stream.status !== 200) throw new Error(`resume ${stream.status} ${await stream.text()}`);
    await stream.events();
  }

  private async beginAnew(deletes: boolean): Promise<void> {
    const old = this.sessionId;
    this.sessionId = randomUUID();
    if (!deletes) return;
    await this.world.api.call('DELETE', `/sessions/${old}`, this.token, undefined, [200, 204, 404]);
    this.tally.count('delete');
  }

  private oneOf<T>(choices: readonly T[]): T {
    return choices[this.random.below(choices.length)] as T;
  }
}
