import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { AttachmentStore } from '../records/attachment.store.port.js';

/** Files whose end has come wait so long for their removal. */
const UPKEEP_INTERVAL_MS = 600_000;
/** Files that are looked at by one query. */
const FILES_PER_BATCH = 50;

/** Removes what nobody has sent, and what broke off; confirms what belongs to a question that is stored. Several instances may do it at once. */
@Injectable()
export class AttachmentUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly passes = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.pass());
  private stopped = false;

  constructor(
    private readonly store: AttachmentStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.passes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.passes.stop();
  }

  /** Runs now, or waits for the run that is under way. */
  run(): Promise<void> {
    return this.passes.runNow();
  }

  /** Never rejects: the next pass goes on. */
  private async pass(): Promise<void> {
    try {
      for (let isMore = true; isMore && !this.stopped;) {
        const ended = await this.store.expired(new Date(this.clock.now()), FILES_PER_BATCH);
        for (const attachment of ended) {
          if (await this.store.isAsked(attachment)) await this.store.keep(attachment);
          else await this.store.remove([attachment]);
        }
        isMore = ended.length === FILES_PER_BATCH;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Files could not be cleared away; the next pass goes on');
    }
  }
}
