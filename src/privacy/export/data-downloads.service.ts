import { Injectable } from '@nestjs/common';
import { errors } from '../../platform/errors/errors.js';

/** Downloads of everything that one instance reads at once: each reads as fast as its client takes it. */
const MAX_DOWNLOADS_AT_ONCE = 8;
const RETRY_AFTER_SECONDS = 60;

/** Who is downloading their data: one at a time for each user. */
@Injectable()
export class DataDownloads {
  private readonly users = new Set<string>();

  /** @returns to be called at its end @throws AppError `rate_limited`, `overloaded` */
  begin(userId: string): () => void {
    if (this.users.has(userId))
      throw errors.rateLimited(RETRY_AFTER_SECONDS, 'Your data is being downloaded already.');
    if (this.users.size >= MAX_DOWNLOADS_AT_ONCE) throw errors.overloaded(RETRY_AFTER_SECONDS);
    this.users.add(userId);
    return () => void this.users.delete(userId);
  }
}
