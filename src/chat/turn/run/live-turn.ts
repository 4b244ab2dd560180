import { Latch } from '../../../platform/latch.js';
import { TurnMemories } from '../../records/turn-memories.js';
import type { Principal } from '../../../contract/principal.js';
import type { FinishReason, ProviderEvent, TextDelta, Usage } from '../../../contract/chat-event.js';
import type { OpenQuestion, StopReceipt } from '../../../upstream/chat-provider.port.js';
import type { UpstreamCall } from '../../../upstream/upstream-caller.port.js';
import { toStoredAnswer, type StoredAnswer } from '../../records/stored-answer.js';
import { TextPace } from './text-pace.js';
import { TurnAbort, type AbortReason } from '../settle/turn-abort.js';
import type { StreamContext } from '../log/stream-context.js';
import { TurnStream } from '../log/turn-stream.js';
import type { TurnMeasures, TurnRecord } from '../../records/turn.js';
import type { Checkpoint, TurnKey } from '../../records/turn.store.port.js';

/** Longest that a turn runs on with nobody watching, unless its chatflow says otherwise. */
const UNWATCHED_LIMIT_MS = 300_000;
/** A turn that is watched only on other instances is looked at this often, where nobody watching means its end. */
const RECHECK_MS = 2000;
/** Whoever asks begins to read at once; after this a turn that nobody reads was left before it began. */
const FIRST_READER_WITHIN_MS = 5000;

/** Knows who else watches a turn. */
export interface Watchers {
  /** Whether somebody does on another instance; never rejects. */
  isWatchedElsewhere(turn: TurnKey): Promise<boolean>;
}

/** Where there is no other instance. */
const NOBODY_ELSE: Watchers = { isWatchedElsewhere: () => Promise.resolve(false) };

/** A turn that this instance owns and runs. */
export class LiveTurn {
  readonly stream: TurnStream;
  /** The upstream call; set once it has been made. */
  call: UpstreamCall | undefined;
  /** The question of an earlier turn that this one is the answer to. */
  answers: OpenQuestion | undefined;
  /** By whose authority it runs, as it was when they asked. */
  askedBy: Principal | undefined;
  /** The turn has ended and everything about it is stored (or was left to recovery). */
  readonly settled = new Latch();
  /** The memories that its upstreams keep. */
  readonly memories = new TurnMemories();
  /** Until when the turn is certainly this instance's, epoch milliseconds by its own clock. */
  leaseEndsAt: number;
  private readonly controller = new AbortController();
  private receipt: Promise<StopReceipt> | undefined;
  private unwatchedTimer: NodeJS.Timeout | undefined;
  private readonly pace = new TextPace();
  private textLength = 0;
  private textEvents = 0;
  private lastUsage: Omit<Usage, 'type'> | undefined;
  private savedPosition = 0;
  private savedCheckpoints = 0;
  private concluded = false;
  private lastSave: Promise<void> | undefined;
  private wasRead = false;

  constructor(
    readonly record: TurnRecord,
    private readonly context: StreamContext,
    /** The caller's token for an external accounting service; lives as long as the turn, never stored. */
    readonly accessToken: string | undefined,
    private readonly watchers: Watchers = NOBODY_ELSE,
  ) {
    this.leaseEndsAt = record.lease?.expiresAt.getTime() ?? Infinity;
    this.stream = new TurnStream(context, (readers) => this.watch(readers));
    this.unwatchedTimer = setTimeout(() => this.watch(0), FIRST_READER_WITHIN_MS).unref();
  }

  /** Whether somebody reads it here. Whoever has just asked is about to. */
  get hasReaders(): boolean {
    if (this.stream.readerCount > 0) return true;
    return !this.wasRead && this.context.now() - this.record.startedAt.getTime() < FIRST_READER_WITHIN_MS;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether it has text, for which it may be charged when it is stopped. */
  get hasText(): boolean {
    return this.textLength > 0;
  }

  /** Whether somebody has stopped it, so that its answer is nobody's any more who asks anew. */
  get isStopped(): boolean {
    const reason: unknown = this.signal.reason;
    return reason instanceof TurnAbort && reason.reason === 'stopped';
  }

  /** Takes one read of the upstream. Ends the turn when the answer becomes too long. */
  take(batch: readonly ProviderEvent[]): void {
    if (batch.some(isText)) this.pace.textCame(this.context.now());
    for (const event of batch) {
      if (isText(event)) {
        this.textLength += event.text.length;
        this.textEvents++;
      } else if (event.type === 'usage') {
        const { type: _, ...usage } = event;
        this.lastUsage = { ...this.lastUsage, ...usage };
      }
      if (!this.stream.append(event)) {
        this.abort('too-long');
        return;
      }
    }
  }

  /** Ends the upstream call. The first reason counts; whose access is revoked gets no more either way. */
  abort(reason: AbortReason): void {
    if (reason === 'access-revoked') this.stream.cutOff();
    if (!this.signal.aborted) this.controller.abort(new TurnAbort(reason));
  }

  /** Tells the upstream to stop, once, and says whether it acknowledged. */
  stopUpstream(): Promise<StopReceipt> {
    this.receipt ??= this.call?.stop() ?? Promise.resolve({ acknowledged: false });
    return this.receipt;
  }

  get answer(): StoredAnswer {
    return toStoredAnswer(this.stream.log.read(0));
  }

  get usage(): Omit<Usage, 'type'> | undefined {
    return this.lastUsage;
  }

  /** As the upstream has told it. */
  get finishReason(): FinishReason | undefined {
    return this.call?.report.finishReason;
  }

  /** What its upstream waits for. A fallback's question is not the chatflow's, and nobody could answer it there. */
  get question(): OpenQuestion | undefined {
    const question = this.call?.question;
    return question !== undefined && this.call?.report.fellBack === true ? undefined : question;
  }

  /** What it should have answered, when no upstream can have heard it. */
  get unanswered(): OpenQuestion | undefined {
    const { answers } = this;
    return answers !== undefined && this.call?.report.asked.length === 0 ? answers : undefined;
  }

  get measures(): TurnMeasures {
    const report = this.call?.report;
    const startedAt = this.record.startedAt.getTime();
    return {
      textEvents: this.textEvents,
      characters: this.textLength,
      repairedEvents: report?.repairedEvents ?? 0,
      droppedEvents: report?.droppedEvents ?? 0,
      retries: report?.retries ?? 0,
      ...(report?.fellBack === true ? { fellBack: true } : {}),
      ...this.pace.measure(startedAt, this.textLength, this.lastUsage?.outputTokens),
    };
  }

  /**
   * The upstream says nothing more. Readers get what came last before the work of the settlement begins. The decision about the turn will
   * hold the whole answer, so nothing more is saved before it.
   */
  conclude(): void {
    this.concluded = true;
    this.stream.log.seal();
    this.stream.flush();
  }

  /** Whether the upstream says nothing more, so that nothing more is saved. */
  get isConcluded(): boolean {
    return this.concluded;
  }

  /** @param write of its last checkpoint; never rejects */
  savedBy(write: Promise<void>): void {
    this.lastSave = write;
  }

  /**
   * Resolves when no write of a checkpoint is under way. A settlement drops the turn's checkpoints; one that came behind it would be left
   * for good.
   */
  async whenSaved(): Promise<void> {
    await this.lastSave;
  }

  /** What was said since the last call, to be saved; empty when there is nothing new, or nothing more is to be saved. */
  nextCheckpoint(): readonly Checkpoint[] {
    if (this.concluded || this.stream.log.end === this.savedPosition) return [];
    const fresh = this.stream.log.read(this.savedPosition);
    this.savedPosition = fresh.at(-1)?.end ?? this.savedPosition;
    const part = toStoredAnswer(fresh);
    if (part.events.length === 0) return [];
    const { id: turnId, userId } = this.record;
    return [{ turnId, userId, sequence: this.savedCheckpoints++, part }];
  }

  /** Stops every timer of the turn; its stream lives on for readers that are behind. */
  release(): void {
    clearTimeout(this.unwatchedTimer);
    this.settled.open();
  }

  private watch(readers: number): void {
    clearTimeout(this.unwatchedTimer);
    this.unwatchedTimer = undefined;
    this.wasRead = true;
    if (readers > 0 || this.stream.isEnded || this.signal.aborted) return;
    const policy = this.record.onDisconnect;
    if (policy === 'stop') {
      void this.endUnlessWatched(0);
      return;
    }
    const limitMs = policy === 'continue' ? UNWATCHED_LIMIT_MS : policy.stopAfterSeconds * 1000;
    this.unwatchedTimer = setTimeout(() => void this.lookAgain(limitMs), limitMs).unref();
  }

  /** @param againMs when to look once more if somebody watches it on another instance */
  private async endUnlessWatched(againMs: number): Promise<void> {
    const elsewhere = await this.watchers.isWatchedElsewhere(this.record);
    if (this.stream.readerCount > 0 || this.stream.isEnded || this.signal.aborted) return;
    if (!elsewhere) this.abort('client-gone');
    else
      this.unwatchedTimer ??= setTimeout(() => void this.lookAgain(againMs), againMs || RECHECK_MS).unref();
  }

  private lookAgain(againMs: number): Promise<void> {
    this.unwatchedTimer = undefined;
    return this.endUnlessWatched(againMs);
  }
}

const isText = (event: ProviderEvent): event is TextDelta => event.type === 'text-delta';
