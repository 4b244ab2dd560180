import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { HistoryStore } from '../../records/history.store.port.js';

/** How long a count is good for: what other instances make and what is deleted meanwhile is not seen. */
export const SESSION_COUNT_GOOD_FOR_MS = 10_000;
/** Users whose count is kept; of others it is asked for again. */
export const SESSION_COUNTS = 1000;

/** How many sessions may be begun here before the user's are counted again. */
interface Allowance {
  left: number;
  readonly isFull: boolean;
  readonly until: number;
}

/**
 * How many sessions a user may have. Exact for what one instance begins, however much at once; several instances may begin a few more within the time
 * for which a count is good. Sessions that are there already cost nothing.
 */
@Injectable()
export class SessionQuota {
  private readonly allowances = new LRUCache<string, Allowance>({ max: SESSION_COUNTS });
  /** Sessions that were let in and may not be stored yet. */
  private readonly underWay = new Map<string, number>();
  private readonly counts = new Map<string, Promise<Allowance>>();

  constructor(
    private readonly config: AppConfig,
    private readonly history: HistoryStore,
    private readonly clock: Clock,
  ) {}

  /**
   * To be called before a session is begun.
   * @returns to be called when it is stored, or will not be
   * @throws AppError `quota_exceeded`
   */
  async reserve(userId: string): Promise<() => void> {
    const { sessionsPerUser } = this.config.limits;
    if (sessionsPerUser === 0) return () => undefined;
    for (;;) {
      const known = this.allowances.get(userId);
      if (known !== undefined && known.left > 0 && this.clock.now() < known.until) {
        known.left -= 1;
        return this.begin(userId);
      }
      const { isFull } = await this.count(userId, sessionsPerUser);
      if (isFull) throw errors.quotaExceeded('sessions', sessionsPerUser);
      // Others who have waited for the same count may have taken what it allows: then it is counted once more.
    }
  }

  private begin(userId: string): () => void {
    this.underWay.set(userId, (this.underWay.get(userId) ?? 0) + 1);
    let isUnderWay = true;
    return () => {
      if (!isUnderWay) return;
      isUnderWay = false;
      const left = (this.underWay.get(userId) ?? 0) - 1;
      if (left > 0) this.underWay.set(userId, left);
      else this.underWay.delete(userId);
    };
  }

  /** One count at a time for each user. */
  private count(userId: string, max: number): Promise<Allowance> {
    let count = this.counts.get(userId);
    if (count === undefined) {
      this.allowances.delete(userId);
      count = this.countAnew(userId, max).finally(() => this.counts.delete(userId));
      this.counts.set(userId, count);
    }
    return count;
  }

  private async countAnew(userId: string, max: number): Promise<Allowance> {
    const room = await this.roomOf(userId, max);
    const until = this.clock.now() + SESSION_COUNT_GOOD_FOR_MS;
    // A half: another instance may allow as much.
    const allowance = { left: Math.ceil(Math.max(room, 0) / 2), isFull: room <= 0, until };
    this.allowances.set(userId, allowance);
    return allowance;
  }

  /** Never more than there is; nor is somebody refused because a session was stored while they were counted. */
  private async roomOf(userId: string, max: number): Promise<number> {
    for (;;) {
      // Before the stored ones: what is stored while they are counted is in one of both, or in both.
      const underWay = this.underWay.get(userId) ?? 0;
      const room = max - (await this.history.countSessions(userId, max)) - underWay;
      // None begins while it is counted, so there are ever fewer that could be in both.
      if (room > 0 || (this.underWay.get(userId) ?? 0) === underWay) return room;
    }
  }
}
