import type { BeforeApplicationShutdown } from '@nestjs/common';
import { mongo, type Connection } from 'mongoose';
import { DatabaseLog } from '../../chat/records/database-log.port.js';
import type { StructuredLog } from '../../platform/logging/structured-log.port.js';

/** What is deleted meanwhile is seen to along with it. */
const SOON_MS = 1000;
/** Each time the whole file is looked through. */
const PAUSE_MS = 60_000;
/** What the embedded database calls itself among its modules. */
const MODULE = 'embedded';

/** The log of the embedded database, our own or one that serves several instances; of any other database it is its operator's. */
export class EmbeddedDatabaseLog extends DatabaseLog implements BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  /** As `performance.now()`. */
  private emptiedAt = -Infinity;

  /** @param isEmbedded undefined: the database is asked, once */
  constructor(
    private readonly connection: Connection,
    private readonly log: StructuredLog,
    private isEmbedded?: boolean,
  ) {
    super();
  }

  emptySoon(): void {
    if (this.isEmbedded === false) return;
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
    this.isEmbedded ??= await this.saysEmbedded();
    if (this.isEmbedded) await this.admin.command({ fsync: 1 });
  }

  /** The database empties its log when it is closed. */
  beforeApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  private get admin(): ReturnType<ReturnType<Connection['getClient']>['db']> {
    return this.connection.getClient().db('admin');
  }

  private async saysEmbedded(): Promise<boolean> {
    try {
      const { modules } = await this.admin.command({ buildInfo: 1 });
      return Array.isArray(modules) && modules.includes(MODULE);
    } catch (error) {
      // Ours refuses nobody.
      if (error instanceof mongo.MongoServerError) return false;
      throw error;
    }
  }
}
