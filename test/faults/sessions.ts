import { setTimeout as delay } from 'node:timers/promises';
import type { Attempt, LoadUser } from './attempt.js';
import { inParallel, type Api } from './api.js';
import type { Incarnation, Message, SessionView, Turn } from './incarnation.js';
import type { Phases } from './phases.js';
import type { Violations } from './violations.js';

const RETRY_PAUSE_MS = 60;
/** Until what runs in a session must have ended. */
const MOST_LOOKS = 200;

/** What a `DELETE` has led to; `broken`: the server went before it answered. */
export type Deletion = 'deleted' | 'busy' | 'broken';

/** What clients do to their sessions besides asking in them. */
export class Sessions {
  deleted = 0;
  /** Deletions that went on behind a crash. */
  private repeated = 0;

  constructor(
    private readonly url: string,
    private readonly api: Api,
    private readonly phases: Phases,
    private readonly violations: Violations,
    private readonly passing: readonly number[],
  ) {}

  /** How the session is while nothing runs in it. @throws when the server goes */
  async view(incarnation: Incarnation): Promise<SessionView> {
    const { user, attempts } = incarnation;
    const messages = await this.messagesOf(user, String(incarnation.id));
    const turns = new Map<string, Turn>();
    const open = attempts.filter(({ turnId, isComplete }) => turnId !== undefined && !isComplete);
    await inParallel(open, async ({ turnId }) => {
      const turn = await this.turnOf(user, String(turnId));
      if (turn !== undefined) turns.set(String(turnId), turn);
    });
    return { messages, turns };
  }

  /**
   * Looks at a session and deletes it, however often the server goes meanwhile. @returns false when it is not the client's to delete: a turn
   * does not end in it
   */
  async delete(incarnation: Incarnation): Promise<boolean> {
    const view = await this.viewAtRest(incarnation);
    if (view === undefined) return false;
    incarnation.lastView = view;
    for (let tries = 1; ; tries++) {
      await this.phases.whenOpen();
      const deletion = await this.deleteOnce(incarnation);
      if (deletion === 'deleted') {
        incarnation.isDeleted = true;
        this.deleted++;
        if (tries === 1) await this.checkGone(incarnation);
        else this.repeated++;
        return true;
      }
      await delay(RETRY_PAUSE_MS);
    }
  }

  async deleteOnce({ user, id }: Incarnation): Promise<Deletion> {
    try {
      const response = await fetch(`${this.url}/sessions/${id}`, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${user.token}` },
      });
      const text = await response.text();
      if (response.status === 204 || response.status === 404) return 'deleted';
      if (response.status === 409) return 'busy';
      if (this.passing.includes(response.status)) return 'broken';
      this.violations.add('other', `deleting a session answered ${response.status}`, text);
      return 'busy';
    } catch {
      return 'broken';
    }
  }

  /** @returns undefined when the user has no such turn @throws when the server goes */
  async turnOf({ token }: LoadUser, turnId: string): Promise<Turn | undefined> {
    const turn = await this.api.call<Turn>('GET', `/turns/${turnId}`, token, undefined, [200, 404]);
    return 'charge' in turn ? turn : undefined;
  }

  /** Again and again, until the server answers. */
  async persistently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.phases.whenOpen();
      try {
        return await work();
      } catch {
        await delay(RETRY_PAUSE_MS);
      }
    }
  }

  /** Stops what still runs. @returns undefined when that does not help */
  async viewAtRest(incarnation: Incarnation): Promise<SessionView | undefined> {
    const { user, id } = incarnation;
    const look = () =>
      this.api.call<{ activeTurnId?: string }>('GET', `/sessions/${id}`, user.token, undefined, [200, 404]);
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      const { activeTurnId } = await this.persistently(look);
      if (activeTurnId === undefined) return this.persistently(() => this.view(incarnation));
      await this.persistently(() =>
        this.api.call('POST', `/turns/${activeTurnId}/stop`, user.token, undefined, [200, 404, 503]),
      );
    }
    return undefined;
  }

  private async messagesOf({ token }: LoadUser, sessionId: string): Promise<readonly Message[]> {
    const path = `/sessions/${sessionId}/messages?limit=100&superseded=true`;
    const page = await this.api.call<{ data?: Message[]; has_more?: boolean }>(
      'GET',
      path,
      token,
      undefined,
      [200, 404],
    );
    if (page.has_more === true)
      this.violations.add('other', 'a session has more messages than expected', path);
    return page.data ?? [];
  }

  /** Right behind the answer that it was deleted, and before anybody asks there again. */
  private async checkGone({ user, id, attempts }: Incarnation): Promise<void> {
    const last = attempts.findLast(({ turnId }) => turnId !== undefined);
    const gone = [`/sessions/${id}`, `/sessions/${id}/messages`];
    if (last !== undefined) gone.push(`/turns/${last.turnId}`, `/turns/${last.turnId}/stream`);
    for (const path of gone) await this.expectGone('GET', path, user.token, last);
    // For the AI SDK that is no error: there is nothing to go on with.
    await this.expectGone('GET', `/api/chat/${id}/stream`, user.token, last, 204);
    const keyed = attempts.findLast(({ turnId, asking }) => turnId !== undefined && asking.key !== undefined);
    if (keyed !== undefined) await this.expectKeyUnknown(keyed);
  }

  /** Its key still belongs to the turn that was deleted: it buys nothing, and tells nothing. */
  private async expectKeyUnknown(keyed: Attempt): Promise<void> {
    const { chatflowId, question, askedIn, key = '' } = keyed.asking;
    const session = askedIn === undefined ? {} : { sessionId: askedIn };
    const body = { chatflow_id: chatflowId, question, ...session };
    await this.expectGone('POST', '/predict/stream/store', keyed.user.token, keyed, 404, { key, body });
  }

  private async expectGone(
    method: string,
    path: string,
    token: string,
    facts: unknown,
    status = 404,
    asked?: { readonly key: string; readonly body: object },
  ): Promise<void> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(asked === undefined
            ? {}
            : { 'content-type': 'application/json', 'idempotency-key': asked.key }),
        },
        ...(asked === undefined ? {} : { body: JSON.stringify(asked.body) }),
      });
      const text = await response.text();
      if (response.status !== status && !this.passing.includes(response.status))
        this.violations.add(
          'leak',
          `${method} ${path} of what was deleted: ${response.status} ${text}`,
          facts,
        );
    } catch {
      // The server went: what is left is looked at in the end.
    }
  }
}
