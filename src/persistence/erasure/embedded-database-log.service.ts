import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Connection } from 'mongoose';
import { DatabaseLog } from '../../chat/records/database-log.port.js';
import type { StructuredLog } from '../../platform/logging/structured-log.port.js';

/** What is deleted meanwhile is seen to along with it. */
const SOON_MS = 1000;
/** Each time the whole file is looked through. */
const PAUSE_MS = 60_000;

/** The log of the embedded database. */
export class EmbeddedDatabaseLog extends DatabaseLog implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  /** As `performance.now()`. */
  private emptiedAt = -Infinity;

  constructor(
    private readonly connection: Connection,
    private readonly log: StructuredLog,
  ) {
    super();
  }

  emptySoon(): void {
    const pauseMs = Math.max(SOON_MS, this.emptiedAt + PAUSE_MS - performance.now());
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.emptiedAt = performance.now();
      this.empty().catch((error: unknown) => {
        this.log.warn({ err: error }, 'The log of the database could not be emptied yet');
      });
    }, pauseMs).unref();
  }

  async empty(): Promise<void> {
    await this.connection.getClient().db('admin').command({ fsync: 1 });
  }

  /** The database empties its log when it is closed. */
  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
  }
}

/** Of a database that others look after. */
export class ForeignDatabaseLog extends DatabaseLog {
  emptySoon(): void {
    // Nothing of it is ours.
  }

  empty(): Promise<void> {
    return Promise.resolve();
  }
}
