import type { Api } from './api.js';
import { inParallel } from './api.js';
import type { AnswerScript } from './answers.js';
import { BREAKS } from './answers.js';
import type { Attempt, LoadUser } from './attempt.js';
import type { Incarnation, Message, SessionView, Turn } from './incarnation.js';
import { LeakChecks } from './leak-checks.js';
import type { LoadChatflow } from './load.js';
import type { Sessions } from './sessions.js';
import { UNNAMED_ERROR } from './take-event.js';
import type { Violations } from './violations.js';
import { wordsIn } from './words.js';

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
  private readonly leaks: LeakChecks;
  /** Those that were judged. */
  private readonly ids = new Set<string>();
  endsSeen = 0;
  readonly outcomes = new Map<string, number>();

  constructor(
    private readonly api: Api,
    private readonly sessions: Sessions,
    private readonly script: AnswerScript,
    private readonly violations: Violations,
    chatflows: readonly LoadChatflow[],
    private readonly losesDatabase = false,
  ) {
    this.leaks = new LeakChecks(violations, script);
    this.chatflows = new Map(chatflows.map((chatflow) => [chatflow.id, chatflow]));
  }

  get turns(): number {
    return this.ids.size;
  }

  /** Words of answers that were looked at. */
  get words(): number {
    return this.leaks.words;
  }

  /** To be called when no turn runs. */
  async judge(attempts: readonly Attempt[]): Promise<void> {
    await inParallel(uniqueUsers(attempts), (user) => this.readNewRows(user));
    const views = new Map<Incarnation, SessionView>();
    const incarnations = new Set(attempts.map(({ incarnation }) => incarnation));
    await inParallel([...incarnations], async (incarnation) => {
      if (incarnation?.id !== undefined)
        views.set(incarnation, incarnation.lastView ?? (await this.sessions.view(incarnation)));
    });
    const toJudge = attempts.filter((attempt) => !this.judged.has(attempt));
    for (const [incarnation, view] of views) this.leaks.judgeSession(incarnation, view);
    for (const attempt of toJudge) {
      this.judged.add(attempt);
      this.judgeOne(attempt, views.get(attempt.incarnation!));
    }
  }

  private judgeOne(attempt: Attempt, view: SessionView | undefined): void {
    const { turnId, isComplete, incarnation } = attempt;
    for (const problem of attempt.problems) this.violations.add('other', problem, attempt);
    for (const position of attempt.toldTwice) this.violations.add('duplicate', position, attempt);
    if (turnId === undefined || view === undefined || incarnation === undefined) return;
    this.ids.add(turnId);
    if (isComplete) this.endsSeen++;
    this.leaks.judge(attempt, incarnation, view);
    if (attempt.isFateUnknown) {
      this.judgeSettled(attempt);
      return;
    }
    const turn: Turn | undefined = isComplete
      ? { status: 'completed', startedAt: '', charge: { held: 0, captured: attempt.metadata?.charged ?? -1 } }
      : view.turns.get(turnId);
    if (turn === undefined) {
      this.violations.add('lost', 'a turn is not there', { attempt, view });
      return;
    }
    const messages = view.messages.filter((message) => message.turnId === turnId);
    const roles = messages.map(({ role }) => role).join();
    if (roles !== '' && roles !== 'user,assistant')
      this.violations.add('duplicate', `the turn's messages are ${roles}`, attempt);
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
        this.violations.add('gap', 'the stored answer is not what the client saw', facts);
      } else if (this.scripted(answer.content) !== this.whole(answer.content)) {
        this.violations.add('lost', 'the stored answer is not what the upstream said', facts);
      }
    }
    if (answer === undefined) return;
    if (answer.status !== turn.status)
      this.violations.add('other', 'message and turn ended differently', facts);
    if (!this.whole(answer.content).startsWith(this.scripted(answer.content)))
      this.violations.add('lost', 'the kept part of the answer is no beginning of it', facts);
    const [short, long] = [answer.content, attempt.text].sort((a, b) => a.length - b.length);
    if (!long?.startsWith(short ?? ''))
      this.violations.add('lost', 'what was kept and what was seen contradict each other', facts);
  }

  /** The part of an answer that the script knows: what a flow asks a human comes before it. */
  private scripted(content: string): string {
    const said = wordsIn(content).find((word) => word.said !== undefined);
    return said === undefined ? content : content.slice(content.search(`${said.question}/r`));
  }

  /** What the upstream meant to say. */
  private whole(content: string): string {
    const scripted = this.scripted(content);
    const [first] = wordsIn(scripted);
    return first?.said === undefined ? scripted : (this.script.find(first.said.run)?.text ?? '');
  }

  /** Of a turn that is deleted only the books are left. */
  private judgeSettled(attempt: Attempt): void {
    const rows = this.rows.get(attempt.turnId ?? '') ?? [];
    const count = (kinds: readonly string[]) => rows.filter(({ kind }) => kinds.includes(kind)).length;
    if (count(['hold']) !== count(SETTLEMENTS) || count(['hold']) > 1)
      this.violations.add('stuck hold', 'a deleted turn is not settled once', { attempt, rows });
  }

  private judgeMoney(attempt: Attempt, turn: Turn, messages: readonly Message[]): void {
    const rows = this.rows.get(attempt.turnId ?? '') ?? [];
    const chatflow = this.chatflows.get(attempt.asking.chatflowId);
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
    const lostDatabase = this.losesDatabase && turn.error?.code === 'storage_unavailable';
    if (turn.status === 'failed' && !lostDatabase && !attempt.question.includes(BREAKS))
      this.violations.add('other', 'a turn failed without a reason', facts);
    const told = [
      `turn_${turn.status}`,
      UNNAMED_ERROR,
      ...(turn.status === 'failed' ? ['upstream_failed'] : []),
      ...(lostDatabase ? ['storage_unavailable'] : []),
    ];
    if (ended && metadata === undefined && !told.includes(String(errorCode)))
      this.violations.add('other', 'the client was told another end', facts);
    if (stopAnswer !== undefined) {
      const { status, charged } = stopAnswer;
      if (status !== turn.status || charged !== turn.charge.captured)
        this.violations.add('lost', 'the proof of a stop does not hold', facts);
    }
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
