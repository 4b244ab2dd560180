import type { Api } from './api.js';
import { inParallel } from './api.js';
import type { Attempt, LoadUser } from './attempt.js';
import type { LoadChatflow } from './load.js';
import type { Violations } from './violations.js';

interface Message {
  readonly turnId: string;
  readonly role: string;
  readonly content: string;
  readonly status: string;
}

interface Turn {
  readonly status: string;
  readonly charge: { readonly held: number; readonly captured: number };
}

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly amount: number;
  readonly turnId?: string;
}

const SETTLEMENTS: readonly string[] = ['capture', 'release'];

/** Judges turns by what their clients saw and what the server now says about them over REST. */
export class TurnChecks {
  /** Rows of the ledger by turn. */
  private readonly rows = new Map<string, Row[]>();
  private readonly knownRows = new Set<string>();
  /** A kill may cut a round short, and the next one has some of its turns again. */
  private readonly judged = new WeakSet<Attempt>();
  private readonly chatflows: ReadonlyMap<string, LoadChatflow>;
  turns = 0;
  endsSeen = 0;
  readonly outcomes = new Map<string, number>();

  constructor(
    private readonly api: Api,
    private readonly violations: Violations,
    chatflows: readonly LoadChatflow[],
  ) {
    this.chatflows = new Map(chatflows.map((chatflow) => [chatflow.id, chatflow]));
  }

  /** To be called when no turn runs. */
  async judge(attempts: readonly Attempt[]): Promise<void> {
    await inParallel(uniqueUsers(attempts), (user) => this.readNewRows(user));
    const sessions = new Map<string, readonly Message[]>();
    const bySession = uniqueBy(
      attempts.filter((attempt) => attempt.turnId !== undefined),
      ({ sessionId }) => sessionId,
    );
    await inParallel(bySession, async ({ user, sessionId }) => {
      sessions.set(String(sessionId), await this.messagesOf(user, String(sessionId)));
    });
    await inParallel(attempts, (attempt) => this.judgeOne(attempt, sessions));
  }

  private async judgeOne(attempt: Attempt, sessions: ReadonlyMap<string, readonly Message[]>): Promise<void> {
    const { turnId, sessionId } = attempt;
    const complete = attempt.ended && attempt.metadata !== undefined;
    const turn: Turn =
      complete || turnId === undefined
        ? { status: 'completed', charge: { held: 0, captured: attempt.metadata?.charged ?? -1 } }
        : await this.api.get<Turn>(`/turns/${turnId}`, attempt.user.token);
    if (this.judged.has(attempt)) return;
    this.judged.add(attempt);
    for (const problem of attempt.problems) this.violations.add('other', problem, attempt);
    if (turnId === undefined) return;
    this.turns++;
    const messages = (sessions.get(String(sessionId)) ?? []).filter((message) => message.turnId === turnId);
    const roles = messages.map(({ role }) => role).join();
    if (roles !== '' && roles !== 'user,assistant')
      this.violations.add('duplicate', `the turn's messages are ${roles}`, attempt);
    if (complete) this.endsSeen++;
    this.outcomes.set(turn.status, (this.outcomes.get(turn.status) ?? 0) + 1);
    this.judgeMessages(attempt, turn, messages);
    this.judgeMoney(attempt, turn, messages);
    this.judgeClientsView(attempt, turn);
  }

  private judgeMessages(attempt: Attempt, turn: Turn, messages: readonly Message[]): void {
    const [question, answer] = messages;
    const facts = { attempt, turn, messages };
    if (turn.status === 'completed') {
      if (question?.content !== attempt.question || answer === undefined) {
        this.violations.add('lost', 'a completed turn has not both messages', facts);
      } else if (attempt.ended && answer.content !== attempt.text) {
        this.violations.add('lost', 'the stored answer is not what the client saw', facts);
      } else if (answer.content !== (attempt.expected ?? answer.content)) {
        this.violations.add('lost', 'the stored answer is not what the upstream said', facts);
      }
    }
    if (answer === undefined) return;
    if (answer.status !== turn.status)
      this.violations.add('other', 'message and turn ended differently', facts);
    const whole = attempt.expected ?? answer.content;
    if (!whole.startsWith(answer.content))
      this.violations.add('lost', 'the kept part of the answer is no beginning of it', facts);
    const [short, long] = [answer.content, attempt.text].sort((a, b) => a.length - b.length);
    if (!long?.startsWith(short ?? ''))
      this.violations.add('lost', 'what was kept and what was seen contradict each other', facts);
  }

  private judgeMoney(attempt: Attempt, turn: Turn, messages: readonly Message[]): void {
    const rows = this.rows.get(attempt.turnId ?? '') ?? [];
    const chatflow = this.chatflows.get(attempt.chatflowId);
    const settlements = rows.filter(({ kind }) => SETTLEMENTS.includes(kind));
    const facts = { attempt, turn, rows };
    // A key can lead to a turn that died between its record and its hold: it never ran.
    if (rows.length === 0 && turn.status === 'interrupted' && attempt.text === '' && messages.length === 0)
      return;
    if (settlements.length > 1 || rows.filter(({ kind }) => kind === 'hold').length !== 1)
      this.violations.add('double charge', 'the turn has too many entries in the ledger, or no hold', facts);
    if (settlements.length === 0 || turn.status === 'running' || turn.charge.held !== 0) {
      this.violations.add('stuck hold', 'the turn is not settled', facts);
      return;
    }
    const charged =
      turn.status === 'completed' ||
      (turn.status === 'stopped' && messages.length > 0 && chatflow?.chargeOnStop === true);
    const expected = charged ? 'capture' : 'release';
    if (settlements[0]?.kind !== expected)
      this.violations.add(charged ? 'lost' : 'double charge', `not settled by ${expected}`, facts);
    if (rows.some(({ amount }) => amount !== chatflow?.price))
      this.violations.add('other', 'an entry has another amount than the price', facts);
    if (turn.charge.captured !== (charged ? chatflow?.price : 0))
      this.violations.add('other', 'the turn tells another charge than the ledger', facts);
  }

  private judgeClientsView(attempt: Attempt, turn: Turn): void {
    const facts = { attempt, turn };
    const { ended, metadata, errorCode, stopAnswer } = attempt;
    if (turn.status === 'failed') this.violations.add('other', 'a turn failed without a reason', facts);
    if (ended && metadata === undefined && errorCode !== `turn_${turn.status}`)
      this.violations.add('other', 'the client was told another end', facts);
    if (stopAnswer !== undefined) {
      const { status, charged } = stopAnswer;
      if (status !== turn.status || charged !== turn.charge.captured)
        this.violations.add('lost', 'the proof of a stop does not hold', facts);
    }
  }

  private async messagesOf(user: LoadUser, sessionId: string): Promise<readonly Message[]> {
    const path = `/sessions/${sessionId}/messages?limit=100`;
    // A session whose turns all ended without content does not exist.
    const page = await this.api.call<{ data?: Message[]; has_more?: boolean }>(
      'GET',
      path,
      user.token,
      undefined,
      [200, 404],
    );
    if (page.has_more === true)
      this.violations.add('other', 'a session has more messages than expected', path);
    return page.data ?? [];
  }

  /** Newest first, as far as they are new: nothing settles meanwhile. */
  private async readNewRows({ token }: LoadUser): Promise<void> {
    let after = '';
    for (;;) {
      const path = `/accounting/transactions?limit=100${after}`;
      const page = await this.api.get<{ data: Row[]; has_more: boolean; next_cursor: string }>(path, token);
      const fresh = page.data.filter(({ id }) => !this.knownRows.has(id));
      for (const row of fresh) {
        this.knownRows.add(row.id);
        const { turnId = '' } = row;
        this.rows.set(turnId, [...(this.rows.get(turnId) ?? []), row]);
      }
      if (!page.has_more || fresh.length < page.data.length) return;
      after = `&after=${encodeURIComponent(page.next_cursor)}`;
    }
  }
}

function uniqueUsers(attempts: readonly Attempt[]): LoadUser[] {
  return uniqueBy(
    attempts.map(({ user }) => user),
    ({ userId }) => userId,
  );
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => unknown): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
