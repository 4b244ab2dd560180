import { errors } from '../../../platform/errors/errors.js';
import { Latch } from '../../../platform/latch.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import type { Flushable } from './flush-scheduler.js';
import type { Beating } from './heartbeats.js';
import type { StreamContext } from './stream-context.js';
import { SILENT_SINK, Subscription, type FrameSink, type TurnEncoder } from './subscription.js';
import { TurnLog } from './turn-log.js';
import type { PositionedEvent } from '../../events/position.js';

/** A client that takes nothing for this long is dropped; its turn goes on. */
const STALLED_AFTER_MS = 60_000;
/**
 * An ended turn whose readers all take nothing for this long lets go of its log; they get the rest from the store. Twice as long after each
 * time, so that a reader that is slow but goes on costs a few looks into the store and not one for each write.
 */
const EVICTED_AFTER_MS = 5000;
/** Shorter logs are not worth a look into the store. */
const EVICTED_FROM_CHARACTERS = 64 * 1024;

/** One client's reading of a stream. */
export interface Reading {
  /** To be called exactly when the client's connection is closed, for whatever reason. */
  readonly close: () => void;
  /** The client gets no more of what was said, and is told why, where the turn's own end does not say so. */
  readonly refuse: (why: readonly ChatEvent[]) => void;
}

const SILENT_ENCODER: TurnEncoder = { heartbeat: '', encode: () => '' };

/** A turn's log together with its readers: the live turn's, one followed from elsewhere, or one read back from the store. */
export class TurnStream implements Flushable, Beating {
  readonly log: TurnLog;
  private readonly readers = new Set<Subscription>();
  private readBack: (() => Promise<TurnLog>) | undefined;
  private reloading: Promise<void> | undefined;
  private cut = false;
  /** The position before the turn's last events, once these are there. */
  private endsFrom: number | undefined;
  private evictedAfterMs = EVICTED_AFTER_MS;
  private readonly completion = new Latch();

  /**
   * @param onReaders called with the number of readers whenever it changes, until the end
   * @param log absent: one with the bounds of a turn that runs
   */
  constructor(
    private readonly context: StreamContext,
    private onReaders: (readers: number) => void = () => undefined,
    log = new TurnLog(),
  ) {
    this.log = log;
  }

  /** @returns false when the answer would become too long; the event is not taken then */
  append(event: ChatEvent): boolean {
    if (event.type === 'error' || event.type === 'turn-end') this.endsFrom ??= this.log.end;
    const taken = this.log.append(event);
    this.context.scheduler.markDirty(this);
    return taken;
  }

  /**
   * Nothing more will come: readers end once they have taken everything.
   * @param readBack reads the whole log from the store, with the same positions; without it the log stays in memory
   */
  end(readBack?: () => Promise<TurnLog>): void {
    this.readBack = readBack;
    // An ended stream is kept for those who come back; what has fed it need not be.
    this.onReaders = () => undefined;
    this.completion.open();
    this.context.scheduler.markDirty(this);
  }

  /** Readers get no more of what was said or is said yet, only how it ends. */
  cutOff(): void {
    this.cut = true;
  }

  /** Whether what was said is not to be had of this stream. */
  get isCutOff(): boolean {
    return this.cut;
  }

  /** Readers that have not taken everything get no more, and no end. */
  letGo(): void {
    for (const reader of [...this.readers]) reader.letGo();
  }

  /** What was said is deleted: readers that have not taken all of it get no more, and the others only how it ended, if it has. */
  erase(): void {
    for (const reader of [...this.readers]) {
      const hasAllWords = this.isCutOff || reader.position >= (this.endsFrom ?? this.log.end);
      if (this.isEnded && hasAllWords) this.deliverTo(reader);
      reader.letGo();
    }
    this.readBack = () => Promise.reject(errors.notFound('The answer'));
    this.log.evict();
  }

  get isEnded(): boolean {
    return this.completion.isOpen;
  }

  /**
   * Everything that was said, once nothing more will come.
   * @throws what the store throws, where the log had to be read back
   */
  async whole(): Promise<readonly PositionedEvent[]> {
    await this.completion.wait();
    await this.ready();
    return this.log.read(0);
  }

  /**
   * Resolves when the log is in memory, at once if it is.
   * @throws what the store throws, where the log had to be read back
   */
  async ready(): Promise<void> {
    if (this.log.isEvicted) await this.reload();
  }

  get readerCount(): number {
    return this.readers.size;
  }

  /**
   * Lets a client follow: first what lies behind `after`, then what comes, in order, without gap or duplicate.
   * @returns ends it; to be called exactly when the client's connection is closed, for whatever reason
   */
  subscribe(encoder: TurnEncoder, sink: FrameSink, after: number): () => void {
    return this.read(encoder, sink, after).close;
  }

  /** The same for a client that may have to be refused in the middle. */
  read(encoder: TurnEncoder, sink: FrameSink, after: number): Reading {
    const reader = new Subscription(this.log, encoder, sink, after, this.context.now());
    reader.resume = () => this.deliverTo(reader);
    this.readers.add(reader);
    if (this.readers.size === 1) this.context.heartbeats.add(this);
    if (reader.isClient) this.context.countReader(1);
    this.onReaders(this.readers.size);
    this.deliverTo(reader);
    return { close: () => this.remove(reader), refuse: (why) => this.refuse(reader, why) };
  }

  /** Counts somebody as watching who takes the whole answer at its end. @returns stops counting */
  watch(): () => void {
    return this.subscribe(SILENT_ENCODER, SILENT_SINK, Number.MAX_SAFE_INTEGER);
  }

  flush(): void {
    for (const reader of this.readers) this.deliverTo(reader);
  }

  beat(now: number): void {
    for (const reader of [...this.readers])
      reader.beat(now, this.context.heartbeatIntervalMs, STALLED_AFTER_MS);
    if (this.isWaitedForInVain(now)) this.log.evict();
  }

  /** Whether the log is held for nobody but readers that take nothing, and need not be. */
  private isWaitedForInVain(now: number): boolean {
    if (this.readBack === undefined || this.log.size < EVICTED_FROM_CHARACTERS) return false;
    for (const reader of this.readers) if (!reader.hasTakenNothingFor(this.evictedAfterMs, now)) return false;
    return true;
  }

  private deliverTo(reader: Subscription): void {
    if (this.isCutOff) {
      if (!this.isEnded) return;
      reader.skipTo(this.endsFrom ?? this.log.end);
    }
    if (this.log.isEvicted && reader.wantsMore) {
      void this.deliverReloaded(reader);
      return;
    }
    try {
      reader.deliver(this.isEnded, this.context.now());
    } catch (error) {
      this.drop(reader, error);
    }
  }

  private async deliverReloaded(reader: Subscription): Promise<void> {
    try {
      await this.ready();
    } catch (error) {
      // It may have left meanwhile.
      if (reader.wantsMore) this.drop(reader, error);
      return;
    }
    this.deliverTo(reader);
  }

  /** Once for all who wait for it. */
  private reload(): Promise<void> {
    this.reloading ??= this.readLogBack().finally(() => (this.reloading = undefined));
    return this.reloading;
  }

  private async readLogBack(): Promise<void> {
    if (this.readBack === undefined) return;
    this.log.reload(await this.readBack());
    this.evictedAfterMs *= 2;
  }

  private refuse(reader: Subscription, why: readonly ChatEvent[]): void {
    // The turn ends for the same reason, and its end says so.
    if (this.isCutOff && !this.isEnded) return;
    // It has been told how the turn ended; that the stream ends with it may come a moment later.
    if (this.endsFrom !== undefined && reader.position > this.endsFrom) return;
    try {
      reader.refuse(why, this.context.now());
    } catch (error) {
      this.drop(reader, error);
    }
  }

  private drop(reader: Subscription, error: unknown): void {
    reader.fail();
    this.context.readerFailed(error);
  }

  private remove(reader: Subscription): void {
    reader.close();
    if (!this.readers.delete(reader)) return;
    if (this.readers.size === 0) this.context.heartbeats.delete(this);
    if (reader.isClient) this.context.countReader(-1);
    this.onReaders(this.readers.size);
  }
}
