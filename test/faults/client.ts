import { setTimeout as delay } from 'node:timers/promises';
import { openEventStream, type EventStream } from '../support/event-stream.js';
import { takeEvent, takeStart, type Attempt, type StopAnswer } from './attempt.js';
import type { Phases } from './phases.js';

/** Between two tries while a session's turn from before a crash is not settled yet, or the server just went. */
const RETRY_PAUSE_MS = 40;
const MAX_CONFLICTS = 400;
/** How many frames a client has read when it leaves or stops: up to this many. */
const MOST_FRAMES_BEFORE_ACTING = 20;

/** Takes one turn from its start to where its manner ends, through any number of crashes. */
export class Client {
  /** Turns whose beginning some client has seen and whose end it has not, while it is connected. */
  openTurns = 0;

  constructor(
    private readonly url: string,
    private readonly phases: Phases,
  ) {}

  /** Resolves when the client is done with its turn; never rejects. */
  async perform(attempt: Attempt): Promise<void> {
    for (let conflicts = 0; ;) {
      await this.phases.whenOpen();
      const answer = await this.post(attempt);
      if (answer === 'conflict') {
        if (++conflicts > MAX_CONFLICTS) {
          attempt.problems.push('its session never came free');
          return;
        }
        await delay(RETRY_PAUSE_MS);
        continue;
      }
      if (attempt.ended || attempt.turnId !== undefined || attempt.key === undefined) break;
      // Nobody knows whether the request arrived: the key makes asking again harmless.
      await delay(RETRY_PAUSE_MS);
    }
    if (attempt.turnId === undefined || attempt.manner === 'leave' || attempt.manner === 'read-once') return;
    while (!attempt.ended && attempt.problems.length === 0) {
      await delay(RETRY_PAUSE_MS);
      await this.phases.whenUp();
      if (attempt.key === undefined || Math.random() < 0.5) await this.resume(attempt);
      else await this.askAgain(attempt);
    }
  }

  private async post(attempt: Attempt): Promise<'conflict' | 'over'> {
    const { user, chatflowId, question, askedIn, key } = attempt;
    let stream: EventStream;
    try {
      stream = await openEventStream(`${this.url}/predict/stream/store`, {
        token: user.token,
        headers: key === undefined ? {} : { 'idempotency-key': key },
        body: { chatflow_id: chatflowId, question, ...(askedIn === undefined ? {} : { sessionId: askedIn }) },
      });
    } catch {
      // The server is gone, or goes while it answers.
      return 'over';
    }
    if (stream.status === 409) {
      await stream.text().catch(() => '');
      return 'conflict';
    }
    await this.read(attempt, stream);
    return 'over';
  }

  /** The same request under the same key, read from its beginning. */
  private async askAgain(attempt: Attempt): Promise<void> {
    attempt.text = '';
    attempt.lastId = 0;
    if ((await this.post(attempt)) === 'conflict')
      attempt.problems.push('its key did not attach to its turn');
  }

  private async resume(attempt: Attempt): Promise<void> {
    try {
      const stream = await openEventStream(`${this.url}/turns/${attempt.turnId}/stream`, {
        token: attempt.user.token,
        headers: { 'last-event-id': String(attempt.lastId) },
      });
      if (stream.status === 204)
        attempt.problems.push('a resume found nothing more, but the end was not seen');
      await this.read(attempt, stream);
    } catch {
      // The server went once more; the next try waits for it.
    }
  }

  private async read(attempt: Attempt, stream: EventStream): Promise<void> {
    if (stream.status !== 200) {
      const text = await stream.text().catch(() => 'nothing: the connection broke');
      // A broken connection is the crash; a whole answer with this status is not.
      if (!text.startsWith('nothing'))
        attempt.problems.push(`answered ${stream.status}: ${text.slice(0, 300)}`);
      return;
    }
    const actsAfter = 1 + Math.floor(Math.random() * MOST_FRAMES_BEFORE_ACTING);
    let frames = 0;
    let counted = false;
    try {
      const { 'x-turn-id': turnId, 'x-session-id': sessionId } = stream.headers;
      if (turnId !== undefined) takeStart(attempt, String(turnId), String(sessionId));
      for await (const { id, json } of stream) {
        if (json === undefined) continue;
        if (!counted) this.openTurns++;
        counted = true;
        takeEvent(attempt, id, json as Record<string, unknown>);
        if (++frames !== actsAfter) continue;
        if (attempt.manner === 'leave') break;
        if (attempt.manner === 'stop') void this.stop(attempt);
      }
    } catch {
      // The connection broke with the server.
    } finally {
      if (counted) this.openTurns--;
      stream.abort();
    }
  }

  private async stop(attempt: Attempt): Promise<void> {
    try {
      const response = await fetch(`${this.url}/turns/${attempt.turnId}/stop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${attempt.user.token}` },
      });
      const answer = (await response.json()) as StopAnswer;
      if (response.status === 200) attempt.stopAnswer = answer;
    } catch {
      // The server went before it answered: nothing is known.
    }
  }
}
