import { randomUUID } from 'node:crypto';
import type { Api } from '../faults/api.js';
import { openEventStream } from '../support/event-stream.js';

/** A user of the load, who asks in sessions of their own. */
export interface Asker {
  readonly token: string;
  /** Questions of the form that the chatflow wants, e.g. one that adds a task. */
  readonly questionFor?: (chatflowId: string, number: number) => string;
}

const TURNS_PER_SESSION = 6;

/** Clients that ask, read, leave, stop and delete, until told to end or until the server is gone. */
export class OldLoad {
  asked = 0;
  over = false;
  private broken = 0;

  constructor(
    private readonly url: string,
    private readonly api: Api,
    private readonly chatflows: readonly string[],
  ) {}

  /** @returns resolves when this many turns were asked and all clients are done, or when the server is gone */
  async run(askers: readonly Asker[], clients: number, turns: number): Promise<void> {
    await Promise.all(
      Array.from({ length: clients }, (_, index) =>
        this.runOne(askers[index % askers.length]!, index, turns),
      ),
    );
  }

  private async runOne(asker: Asker, client: number, turns: number): Promise<void> {
    let sessionId: string | undefined;
    let inSession = 0;
    while (!this.over && this.asked < turns) {
      const number = this.asked++;
      const chatflowId = this.chatflows[(number + client) % this.chatflows.length]!;
      const question = asker.questionFor?.(chatflowId, number) ?? `q${number}: was heißt 流れ?`;
      const mode = number % 10;
      try {
        const asked = await this.ask(asker, chatflowId, question, mode, sessionId);
        inSession += 1;
        const goesOn = asked !== undefined && mode < 8 && inSession < TURNS_PER_SESSION;
        if (!goesOn && asked !== undefined && number % 7 === 0)
          await this.api.call('DELETE', `/sessions/${asked}`, asker.token, undefined, [204, 404, 409]);
        sessionId = goesOn ? asked : undefined;
        if (!goesOn) inSession = 0;
      } catch {
        // The server has gone, as it is meant to: a few failures in a row end the load.
        if (++this.broken > 50) return;
      }
    }
  }

  /** @returns the session */
  private async ask(
    { token }: Asker,
    chatflowId: string,
    question: string,
    mode: number,
    sessionId?: string,
  ): Promise<string | undefined> {
    const stream = await openEventStream(`${this.url}/predict/stream/store`, {
      token,
      headers: mode % 3 === 0 ? { 'idempotency-key': `key ${randomUUID()}` } : {},
      body: { chatflow_id: chatflowId, question, ...(sessionId === undefined ? {} : { sessionId }) },
    });
    const turnId = String(stream.headers['x-turn-id']);
    let frames = 0;
    for await (const { json } of stream) {
      if (json === undefined) continue;
      frames += 1;
      if (mode === 8 && frames === 3) break;
      if (mode === 9 && frames === 4) await this.api.call('POST', `/turns/${turnId}/stop`, token);
    }
    stream.abort();
    const session = stream.headers['x-session-id'];
    return session === undefined ? undefined : String(session);
  }
}
