import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { StoredBytes, type StoredSum } from '../settle/stored-bytes.service.js';

/** How long a sum of less than half the quota is good for: what other instances store and what is deleted meanwhile is not seen. */
export const SUM_GOOD_FOR_MS = 300_000;
/** The same for a sum that is nearer to the quota. */
export const LARGE_SUM_GOOD_FOR_MS = 20_000;
/** A sum is good for this many times as long as it took to read it: many sessions cannot keep the database busy with being summed. */
const SHARE_OF_READING = 50;

/**
 * How much of a user may be stored. About: turns that run are not counted before they are settled, and what other instances store is seen when the
 * sum is read again. A turn waits for a reading only if nothing is known of its user, or if it would be refused.
 */
@Injectable()
export class StorageQuota {
  constructor(
    private readonly config: AppConfig,
    private readonly stored: StoredBytes,
    private readonly clock: Clock,
  ) {}

  /** @param adding bytes that are about to be stored @throws AppError `quota_exceeded` */
  async assertRoom(userId: string, adding = 0): Promise<void> {
    const limit = this.config.limits.storedBytesPerUser;
    if (limit === 0) return;
    const known = this.stored.known(userId);
    if (known !== undefined && known.bytes + adding < limit) {
      if (!this.isGoodFor(known, known.bytes * 2 < limit ? SUM_GOOD_FOR_MS : LARGE_SUM_GOOD_FOR_MS))
        this.readInBackground(userId);
      return;
    }
    // Sessions may have been deleted by other instances.
    const { bytes } =
      known !== undefined && this.isGoodFor(known, 0) ? known : await this.stored.read(userId);
    if (bytes + adding >= limit) throw errors.quotaExceeded('stored-bytes', limit);
  }

  private isGoodFor({ readAt, tookMs }: StoredSum, milliseconds: number): boolean {
    return this.clock.now() - readAt < Math.max(milliseconds, tookMs * SHARE_OF_READING);
  }

  private readInBackground(userId: string): void {
    // The old sum stays, and the next turn asks again.
    this.stored.read(userId).catch(() => undefined);
  }
}
