import { setTimeout as delay } from 'node:timers/promises';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { errors } from '../../../platform/errors/errors.js';
import { weightOf } from '../../events/position.js';
import { fromStoredAnswer } from '../../records/stored-answer.js';
import type { TurnRecord } from '../../records/turn.js';
import type { TurnStore } from '../../records/turn.store.port.js';
import type { RemoteReaders } from '../log/running-streams.port.js';
import type { StoredStreams } from '../log/stored-streams.service.js';
import type { TurnStream } from '../log/turn-stream.js';
import type { FeedEnd } from './feed-reader.js';

/** How often a turn that runs elsewhere is looked at; its owner saves what it said once a second, with more than a hundred turns less often. */
const LOOK_INTERVAL_MS = 300;
/** An owner that has not answered, or has fallen silent, is asked again after this long. */
const ASK_AGAIN_AFTER_MS = 1000;
/** Whoever opens a stream begins to read at once. */
const FIRST_READER_WITHIN_MS = 5000;
/** Of two readers one may leave before the other has come. */
const UNREAD_AFTER_MS = 100;
/** A database that does not answer for so long is not waited for any longer. */
const DATABASE_MAY_FAIL_FOR_MS = 30_000;

/** Takes the event that ends at this position. @returns false when there is a hole before it */
export type AppendAt = (event: ChatEvent, end: number) => boolean;

/** How a followed turn reaches its owner. */
export interface OwnerLine {
  /**
   * Has the turn fed by its owner, from `after` on.
   * @returns how that ended; `unreachable` when it never began
   */
  readonly follow: (owner: string, after: number, append: AppendAt) => Promise<FeedEnd | 'unreachable'>;
  /** Ends the feed that runs. */
  readonly leave: () => void;
}

export interface FollowedTurnParts {
  readonly stored: StoredStreams;
  readonly store: TurnStore;
  readonly readers: RemoteReaders;
  readonly line: OwnerLine;
}

/**
 * A turn that runs on another instance and has readers here, all of one stream: fed by its owner over the bus, or while that does not work by
 * what the owner saves in the database. Both speak in the positions of the owner's log, so that one can go on where the other stopped.
 */
export class FollowedTurn {
  readonly stream: TurnStream;
  private isLeft = false;
  private unreadTimer: NodeJS.Timeout | undefined;
  /** Checkpoints that were read, and the position behind them. */
  private sequence = 0;
  private saved: number;
  /** As `performance.now()`. */
  private lookedAt = performance.now();

  constructor(
    private turn: TurnRecord,
    private readonly parts: FollowedTurnParts,
  ) {
    this.stream = parts.stored.begin(turn, (readers) => this.noteReaders(readers));
    this.saved = this.stream.log.end;
    this.expectReader();
  }

  isOf(userId: string): boolean {
    return this.turn.userId === userId;
  }

  /** Somebody is about to read. */
  expectReader(): void {
    this.leaveUnlessReadWithin(FIRST_READER_WITHIN_MS);
  }

  /** It is not followed any longer, whoever reads: the stream ends without the turn's end. */
  leave(): void {
    this.isLeft = true;
    this.parts.line.leave();
  }

  /** Resolves when the turn has ended or it is left, as it is when nobody reads any more; then the stream has ended. @throws what the store throws */
  async run(): Promise<void> {
    try {
      let askAgainAt = 0;
      while (!this.isLeft) {
        const end = performance.now() < askAgainAt ? 'unreachable' : await this.followOwner();
        // However the feed has ended: what closes it may be lost when the turn's end is not.
        if (this.hasEnd()) return;
        // What was lost on the way is asked for at once.
        if (end !== 'lost') askAgainAt = performance.now() + ASK_AGAIN_AFTER_MS;
        if (await this.followDatabase(end === 'lost' ? 0 : askAgainAt)) return;
      }
    } finally {
      clearTimeout(this.unreadTimer);
      if (!this.stream.isEnded) this.stream.end();
    }
  }

  private async followOwner(): Promise<FeedEnd | 'unreachable'> {
    const owner = this.turn.lease?.owner;
    if (owner === undefined) return 'unreachable';
    const before = this.stream.log.end;
    const end = await this.parts.line.follow(owner, before, this.append);
    this.lookedAt = performance.now();
    // An owner whose feeds break without having brought anything is as good as none.
    return end === 'lost' && this.stream.log.end === before ? 'unreachable' : end;
  }

  /** The owner's end is the turn's own; without it the stream was given up there. */
  private hasEnd(): boolean {
    const last = this.stream.log.read(this.stream.log.end - 1).at(-1)?.event;
    if (last?.type !== 'turn-end') return false;
    this.stream.end(last.messageId === undefined ? undefined : this.parts.stored.readBackOf(this.turn));
    return true;
  }

  /** Looks once, and then again and again until the owner is to be asked again. @returns whether the turn has ended or is left */
  private async followDatabase(untilMs: number): Promise<boolean> {
    const unfollow = this.parts.readers.follow(this.turn);
    try {
      for (;;) {
        if (await this.look()) return true;
        if (this.isLeft) return true;
        if (performance.now() >= untilMs) return false;
        await delay(LOOK_INTERVAL_MS);
      }
    } finally {
      unfollow();
    }
  }

  /** @returns whether the turn has ended */
  private async look(): Promise<boolean> {
    try {
      const isOver = await this.readSaved();
      this.lookedAt = performance.now();
      return isOver;
    } catch (error) {
      // The turn goes on meanwhile, and so may its readers.
      if (performance.now() - this.lookedAt > DATABASE_MAY_FAIL_FOR_MS) throw error;
      return false;
    }
  }

  private async readSaved(): Promise<boolean> {
    const { store, stored } = this.parts;
    const turn = await store.find(this.turn.userId, this.turn.id);
    if (turn === undefined) {
      this.endWithoutTurn();
      return true;
    }
    this.turn = turn;
    if (turn.status !== 'running') {
      await stored.complete(turn, this.stream);
      return true;
    }
    for (const part of await store.checkpoints(turn, this.sequence)) {
      this.sequence += 1;
      for (const event of fromStoredAnswer(part)) {
        this.saved += weightOf(event);
        this.append(event, this.saved);
      }
    }
    return false;
  }

  /** Its hold was refused, so it never ran. */
  private endWithoutTurn(): void {
    const { code, publicMessage } = errors.turnInterrupted();
    this.stream.append({ type: 'error', code, message: publicMessage });
    this.stream.append({ type: 'turn-end', outcome: 'interrupted', finishReason: 'error', charged: 0 });
  }

  /** What is there already is left out, from whichever side it came first. */
  private readonly append: AppendAt = (event, end) => {
    const start = end - weightOf(event);
    const reached = this.stream.log.end;
    if (end <= reached) return true;
    if (start > reached) return false;
    const isText = event.type === 'text-delta' || event.type === 'reasoning-delta';
    const fresh = isText && start < reached ? { ...event, text: event.text.slice(reached - start) } : event;
    this.stream.append(fresh);
    return true;
  };

  private noteReaders(readers: number): void {
    if (readers === 0) this.leaveUnlessReadWithin(UNREAD_AFTER_MS);
    else clearTimeout(this.unreadTimer);
  }

  private leaveUnlessReadWithin(milliseconds: number): void {
    clearTimeout(this.unreadTimer);
    this.unreadTimer = setTimeout(() => {
      if (this.stream.readerCount === 0) this.leave();
    }, milliseconds).unref();
  }
}
