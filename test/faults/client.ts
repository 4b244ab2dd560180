import { setTimeout as delay } from 'node:timers/promises';
import { openEventStream, type EventStream } from '../support/event-stream.js';
import { LEAVES, type Attempt, type StopAnswer } from './attempt.js';
import type { Phases } from './phases.js';
import type { Random } from './random.js';
import { takeEvent } from './take-event.js';

/** Between two tries while a session's turn from before a crash is not settled yet, or the server just went. */
const RETRY_PAUSE_MS = 40;
const MAX_CONFLICTS = 400;
/** What a balancer says of an instance that went, or an instance of itself or its database: to be tried once more, as a broken connection is. */
export const PASSING_STATUSES: readonly number[] = [502, 503, 504];

/** What has become of a question; `later`: it was refused before anything was done, and may be asked once more. */
type Posted = 'conflict' | 'later' | 'over';

/** Takes one turn from its start to where its manner ends, through any number of crashes. */
export class Client {
  /** Turns whose beginning some client has seen and whose end it has not, while it is connected. */
  openTurns = 0;
  /** Questions that have not been answered with headers yet. */
  unanswered = 0;

  /** @param passing statuses that count as a broken connection */
  constructor(
    private readonly url: string,
    private readonly phases: Phases,
    private readonly random: Random,
    private readonly passing: readonly number[] = [],
  ) {}

  /** Resolves when the client is done with its turn; never rejects. */
  async perform(attempt: Attempt): Promise<void> {
    const { key, manner } = attempt.asking;
    for (let conflicts = 0; ;) {
      await this.phases.whenOpen();
      this.unanswered++;
      const answer = await this.post(attempt, () => this.unanswered--);
      if (answer === 'later') continue;
      if (answer === 'conflict') {
        if (++conflicts > MAX_CONFLICTS) {
          attempt.problems.push('its session never came free');
          return;
        }
        await delay(RETRY_PAUSE_MS);
        continue;
      }
      if (attempt.ended || attempt.turnId !== undefined || key === undefined || attempt.problems.length > 0)
        break;
      // Nobody knows whether the request arrived: the key makes asking again harmless.
      await delay(RETRY_PAUSE_MS);
    }
    if (attempt.turnId === undefined || LEAVES.includes(manner) || manner === 'read-once') return;
    while (!attempt.ended && attempt.problems.length === 0) {
      await delay(RETRY_PAUSE_MS);
      await this.phases.whenUp();
      const ways = [() => this.resume(attempt), () => this.resumeSession(attempt)];
      if (key !== undefined) ways.push(() => this.askAgain(attempt));
      await ways[this.random.below(ways.length)]?.();
    }
  }

  /** @param onAnswered called once, when the headers are there or nothing will come */
  private async post(attempt: Attempt, onAnswered?: () => void): Promise<Posted> {
    const { user, key } = attempt.asking;
    const { path, body } = requestOf(attempt);
    let stream: EventStream;
    try {
      stream = await openEventStream(`${this.url}${path}`, {
        token: user.token,
        headers: key === undefined ? {} : { 'idempotency-key': key },
        body,
      });
    } catch {
      // The server is gone, or goes while it answers.
      return 'over';
    } finally {
      onAnswered?.();
    }
    if (this.passing.includes(stream.status)) return this.takeRefusal(stream);
    if (stream.status === 409) {
      await stream.text().catch(() => '');
      return 'conflict';
    }
    await this.read(attempt, stream);
    return 'over';
  }

  /** Only what an instance says of itself is sure to have done nothing. */
  private async takeRefusal(stream: EventStream): Promise<Posted> {
    const text = await stream.text().catch(() => '');
    if (!text.includes('"overloaded"')) return 'over';
    await delay(Number(stream.headers['retry-after'] ?? 1) * 1000);
    return 'later';
  }

  /** The same request under the same key, read from its beginning. */
  private async askAgain(attempt: Attempt): Promise<void> {
    attempt.readAnew();
    if ((await this.post(attempt)) === 'conflict')
      attempt.problems.push('its key did not attach to its turn');
  }

  private resume(attempt: Attempt): Promise<void> {
    return this.follow(attempt, `/turns/${attempt.turnId}/stream`, attempt.lastId);
  }

  /** As the AI SDK does: whatever runs in the session or has just ended in it, from its beginning. */
  private resumeSession(attempt: Attempt): Promise<void> {
    attempt.readAnew();
    return this.follow(attempt, `/api/chat/${attempt.sessionId}/stream`, 0);
  }

  private async follow(attempt: Attempt, path: string, after: number): Promise<void> {
    try {
      const stream = await openEventStream(`${this.url}${path}`, {
        token: attempt.user.token,
        headers: { 'last-event-id': String(after) },
      });
      if (stream.status === 204)
        attempt.problems.push('a resume found nothing more, but the end was not seen');
      await this.read(attempt, stream);
    } catch {
      // The server went once more; the next try waits for it.
    }
  }

  private async read(attempt: Attempt, stream: EventStream): Promise<void> {
    if (this.passing.includes(stream.status)) {
      stream.abort();
      return;
    }
    if (stream.status !== 200) {
      const text = await stream.text().catch(() => 'nothing: the connection broke');
      // A broken connection is the crash; a whole answer with this status is not.
      if (!text.startsWith('nothing'))
        attempt.problems.push(`answered ${stream.status}: ${text.slice(0, 300)}`);
      return;
    }
    const { actsAfter } = attempt.asking;
    let frames = 0;
    let counted = false;
    try {
      const { 'x-turn-id': turnId, 'x-session-id': sessionId } = stream.headers;
      if (turnId !== undefined) attempt.takeStart(String(turnId), String(sessionId));
      for await (const { id, json } of stream) {
        if (json === undefined) continue;
        if (!counted) this.openTurns++;
        counted = true;
        takeEvent(attempt, id, json as Record<string, unknown>);
        if (asksHuman(json as Record<string, unknown>)) void this.provideInput(attempt);
        if (++frames === actsAfter && !(await this.goesOnAfterActing(attempt))) break;
      }
    } catch {
      // The connection broke with the server.
    } finally {
      if (counted) this.openTurns--;
      stream.abort();
    }
  }

  /** @returns whether it reads on */
  private async goesOnAfterActing(attempt: Attempt): Promise<boolean> {
    const { manner } = attempt.asking;
    if (manner === 'stop') void this.stop(attempt);
    if (manner === 'stop-leave') await this.stop(attempt);
    return !LEAVES.includes(manner);
  }

  private async stop(attempt: Attempt): Promise<void> {
    const answer = await this.send(attempt, 'stop');
    if (answer !== undefined) attempt.stopAnswer = answer as StopAnswer;
  }

  /** The turn may have been stopped meanwhile, or its wait be over: then nobody takes the answer. */
  private async provideInput(attempt: Attempt): Promise<void> {
    const { word, approves } = attempt.asking;
    await this.send(attempt, 'input', {
      action: approves ? 'proceed' : 'reject',
      content: `${word} says so`,
    });
  }

  /** @returns the answer's body; undefined when it was refused, or the server went before it answered and nothing is known */
  private async send(attempt: Attempt, action: 'stop' | 'input', body?: object): Promise<unknown> {
    try {
      const response = await fetch(`${this.url}/turns/${attempt.turnId}/${action}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${attempt.user.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      return response.status === 200 ? answer : undefined;
    } catch {
      return undefined;
    }
  }
}

function requestOf({ asking }: Attempt): { readonly path: string; readonly body: object } {
  const { chatflowId, question, askedIn, regenerates } = asking;
  if (regenerates === undefined) {
    const session = askedIn === undefined ? {} : { sessionId: askedIn };
    return { path: '/predict/stream/store', body: { chatflow_id: chatflowId, question, ...session } };
  }
  const message = { id: 'asked-again', role: 'user', parts: [{ type: 'text', text: question }] };
  const trigger = 'regenerate-message';
  const body = { id: askedIn, messages: [message], trigger, messageId: regenerates, chatflowId };
  return { path: '/api/chat', body };
}

function asksHuman({ event }: Readonly<Record<string, unknown>>): boolean {
  return event === 'action';
}
