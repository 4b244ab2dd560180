import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { AppConfig } from '../../config/app-config.js';
import { isDatabaseExclusive } from '../../config/exclusive-database.js';
import { Readiness, ReadinessCheck } from '../../platform/health/readiness.service.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import {
  expectedIndexes,
  findMissing,
  isCritical,
  isCriticallyMissing,
  titleOf,
} from '../indexes/expected-indexes.js';

/** How often it is looked whether the indexes are still there. */
export const INDEX_WATCH_INTERVAL_MS = 60_000;

/**
 * Looks again and again whether the indexes that correctness rests on are there: somebody may drop one, or restore a backup without them, under
 * a server that runs. Not in a database that nobody else can use.
 */
@Injectable()
export class IndexWatch extends ReadinessCheck implements OnModuleInit, BeforeApplicationShutdown {
  readonly checkName = 'indexes';
  private readonly critical = expectedIndexes().filter(isCritical);
  private readonly task = new RepeatingTask(INDEX_WATCH_INTERVAL_MS, () => this.look(), {
    first: 'after-interval',
  });
  /** By title; the start has seen that there are none. */
  private missing: Readonly<Record<string, string>> = {};

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly config: AppConfig,
    private readonly readiness: Readiness,
    private readonly log: StructuredLog,
  ) {
    super();
  }

  onModuleInit(): void {
    if (isDatabaseExclusive(this.config)) return;
    this.readiness.register(this);
    this.readiness.describe('indexes', () => this.missing);
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  check(): Promise<void> {
    const titles = Object.keys(this.missing);
    if (titles.length === 0) return Promise.resolve();
    return Promise.reject(new Error(`The database lacks indexes: ${titles.join(', ')}`));
  }

  /** Looks now. Never rejects: without an answer it stays as it was. */
  async look(): Promise<void> {
    const { db } = this.connection;
    if (db === undefined) return;
    try {
      const missing = (await findMissing(db, this.critical)).filter(isCriticallyMissing);
      this.note(Object.fromEntries(missing.map(({ index, state }) => [titleOf(index), state])));
    } catch (error) {
      this.log.warn({ err: error }, 'the indexes of the database could not be looked at');
    }
  }

  private note(missing: Readonly<Record<string, string>>): void {
    const before = Object.keys(this.missing).length;
    this.missing = missing;
    const indexes = Object.keys(missing);
    if (indexes.length > 0)
      this.log.error({ indexes }, 'not ready: the database lacks indexes; run `npm run db:indexes`');
    else if (before > 0) this.log.warn({}, 'the indexes of the database are there again');
  }
}
