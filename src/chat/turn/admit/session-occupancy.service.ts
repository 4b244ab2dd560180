import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import type { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnStore } from '../../records/turn.store.port.js';
import type { TurnRecord } from '../../records/turn.js';
import { TurnWatch, WATCHED_FOR_MS } from '../own/turn-watch.service.js';

/** A client that stops an answer by closing its connection asks again at once; its old socket may take this long to close. */
const LEAVING_WITHIN_MS = 500;
const POLL_MS = 20;
/** A turn of an instance that is gone is recovered within this time; the deletion of a session takes less. */
const FREE_WITHIN_MS = 30_000;
/** Turns that run elsewhere are looked at this often. */
const REMOTE_POLL_MS = 100;

/** What wants to go into a session. */
export interface Newcomer {
  readonly userId: string;
  readonly requestHash: string;
  readonly keyHash?: string;
}

/** A turn that is about to be stopped for a newcomer. */
export interface YieldingTurn {
  readonly record: TurnRecord;
  /** Whether its price is certainly charged when it is stopped. */
  readonly isCharged: boolean;
}

type AssertMayStop = (turn: YieldingTurn) => Promise<void>;

/** What a session that is in use is to a newcomer: the turn that it is a repeat of, or free by now. */
export type Occupancy = { readonly kind: 'attached'; readonly turn: TurnRecord } | { readonly kind: 'free' };

/**
 * A session runs one turn at a time. A newcomer that asks the same is attached to it; otherwise a turn that nobody watches yields: it is
 * stopped and settled, and the newcomer may begin.
 */
@Injectable()
export class SessionOccupancy {
  constructor(
    private readonly live: LiveTurns,
    private readonly turns: TurnStore,
    private readonly watch: TurnWatch,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
  ) {}

  /** The turn that is known here to run in the session. */
  runningHere(userId: string, sessionId: string): TurnRecord | undefined {
    return this.live.runningIn(userId, sessionId)?.record;
  }

  /** A turn of another instance that runs in the session, as the record says. */
  async runningElsewhere(userId: string, sessionId: string): Promise<TurnRecord | undefined> {
    const occupant = await this.turns.findOccupant(userId, sessionId);
    if (occupant === undefined || occupant.kind === 'deletion') return undefined;
    return occupant.lease?.owner === this.instance.id ? undefined : occupant;
  }

  /**
   * @param running what is in the session
   * @param assertMayStop throws what would keep the newcomer out all the same: then nothing is stopped for it
   * @throws AppError `turn_in_progress` when somebody watches it
   */
  async enter(
    running: TurnRecord,
    newcomer: Newcomer,
    assertMayStop: AssertMayStop = () => Promise.resolve(),
  ): Promise<Occupancy> {
    if (running.kind === 'deletion') {
      await this.whenEnded(running);
      return { kind: 'free' };
    }
    const here = await this.whenLive(running);
    const isStopped = running.stopRequested !== undefined || here?.isStopped === true;
    if (!isStopped && asksTheSame(running, newcomer)) return { kind: 'attached', turn: running };
    if (here === undefined) await this.yieldElsewhere(running, assertMayStop);
    else await this.yieldHere(here, assertMayStop);
    return { kind: 'free' };
  }

  /** A turn of this instance that is still being admitted is known here only by its record, and readers would be counted elsewhere. */
  private async whenLive({ id, lease }: TurnRecord): Promise<LiveTurn | undefined> {
    for (let waited = 0; ; waited += POLL_MS) {
      const live = this.live.find(id);
      if (live !== undefined || lease?.owner !== this.instance.id || waited >= LEAVING_WITHIN_MS) return live;
      await delay(POLL_MS);
    }
  }

  private async yieldHere(turn: LiveTurn, assertMayStop: AssertMayStop): Promise<void> {
    const { record, settled } = turn;
    for (let waited = 0; turn.hasReaders && !settled.isOpen; waited += POLL_MS) {
      if (waited >= LEAVING_WITHIN_MS) throw errors.turnInProgress(record.id);
      await delay(POLL_MS);
    }
    if (!settled.isOpen && (await this.watch.isWatchedElsewhere(record)))
      throw errors.turnInProgress(record.id);
    if (!turn.isStopped && !settled.isOpen)
      await assertMayStop({ record, isCharged: record.chargeOnStop && turn.hasText });
    turn.abort('stopped');
    await settled.wait();
  }

  /** Its watchers renew their mark; one that is not renewed says that they have left. */
  private async yieldElsewhere(running: TurnRecord, assertMayStop: AssertMayStop): Promise<void> {
    const { userId, id } = running;
    const seenUntil = watchedUntil(running);
    let current: TurnRecord | undefined = running;
    while (current?.status === 'running' && this.clock.now() < seenUntil) {
      await delay(REMOTE_POLL_MS);
      current = await this.turns.find(userId, id);
      if (current !== undefined && watchedUntil(current) > seenUntil) throw errors.turnInProgress(id);
    }
    if (current?.status !== 'running') return;
    if (current.stopRequested === undefined) await assertMayStop({ record: running, isCharged: false });
    await this.turns.requestStop(running, new Date(this.clock.now()));
    await this.whenEnded(running);
  }

  /** Resolves when this turn, or this deletion, occupies its session no more. @throws AppError `turn_in_progress` when it does not end */
  async whenEnded({ userId, sessionId, id }: TurnRecord): Promise<void> {
    for (let waited = 0; waited < FREE_WITHIN_MS; waited += REMOTE_POLL_MS) {
      const occupant = await this.turns.findOccupant(userId, sessionId);
      if (occupant?.id !== id) return;
      await delay(REMOTE_POLL_MS);
    }
    throw errors.turnInProgress(id);
  }
}

/** Also under another key than none: two keys are two wishes, whatever they ask. */
function asksTheSame(running: TurnRecord, { requestHash, keyHash }: Newcomer): boolean {
  if (running.requestHash !== requestHash) return false;
  return keyHash === undefined || running.keyHash === undefined || keyHash === running.keyHash;
}

/** Epoch milliseconds. Whoever asks begins to read at once: a young turn counts as watched although nobody has said so yet. */
function watchedUntil({ watchedUntil: until, startedAt }: TurnRecord): number {
  return Math.max(until?.getTime() ?? 0, startedAt.getTime() + WATCHED_FOR_MS);
}
