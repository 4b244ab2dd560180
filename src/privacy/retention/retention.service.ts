import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ChatflowStore } from '../../chatflows/chatflow.store.port.js';
import { RetiredChatflowStore } from '../../chatflows/retired-chatflow.store.port.js';
import { InstanceId } from '../../cluster/instance-id.js';
import { SessionDeletion } from '../../chat/history/session-deletion.service.js';
import { AppConfig } from '../../config/app-config.js';
import { isDatabaseExclusive } from '../../config/exclusive-database.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { RetentionRules } from './retention-rules.js';
import { RetentionStore, type AgeingSession } from './retention.store.port.js';

const WALK_INTERVAL_MS = 3600_000;
/** Until whoever walks counts as gone: longer than a page takes. */
const LEASE_MS = 300_000;
/** Sessions that are looked at by one query. */
const AGED_PER_BATCH = 100;
/** Chatflows that are read by one query. */
const CHATFLOWS_PER_BATCH = 100;

interface KeepingChatflow {
  readonly id: string;
  readonly retentionDays?: number;
}

/**
 * Erases sessions whose chatflow keeps them no longer: once an hour one instance walks through those of all users, in the way of a deletion by their
 * users.
 */
@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly walks = new RepeatingTask(WALK_INTERVAL_MS, () => this.walk());
  private isStopped = false;

  constructor(
    private readonly store: RetentionStore,
    private readonly chatflows: ChatflowStore,
    private readonly retired: RetiredChatflowStore,
    private readonly deletion: SessionDeletion,
    private readonly instance: InstanceId,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.walks.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.walks.stop();
  }

  /** Runs now, or waits for the run that is under way. */
  run(): Promise<void> {
    return this.walks.runNow();
  }

  /** Never rejects: the next walk goes on from where it was cut short. */
  private async walk(): Promise<void> {
    try {
      const rules = await this.rules();
      if (rules.isEmpty) return;
      const now = this.clock.now();
      // Nobody but the process before can have a database of our own.
      const lapsedBy = new Date(isDatabaseExclusive(this.config) ? now + LEASE_MS : now);
      const state = await this.store.takeWalk(this.instance.id, lapsedBy, this.leaseEnd());
      if (state === undefined) return;
      let { after } = state;
      let erased = 0;
      while (!this.isStopped) {
        const page = await this.store.page(AGED_PER_BATCH, after);
        for (const session of page) if (await this.eraseIfDue(session, rules)) erased += 1;
        after = page.length < AGED_PER_BATCH ? undefined : page.at(-1)?.key;
        const until = after === undefined ? new Date(this.clock.now()) : this.leaseEnd();
        if (!(await this.store.advance(this.instance.id, after, until))) return;
        if (after === undefined) break;
      }
      if (erased > 0) this.log.info({ erased }, 'Sessions were erased that their chatflows keep no longer');
    } catch (error) {
      this.log.warn({ err: error }, 'Sessions could not be looked through for those that are kept no longer');
    }
  }

  private async eraseIfDue(session: AgeingSession, rules: RetentionRules): Promise<boolean> {
    if (this.isStopped) return false;
    const { userId, sessionId, updatedAt, chatflowIds } = session;
    const due = rules.keptNoLonger(updatedAt, this.clock.now());
    if (due.length === 0) return false;
    const asked = chatflowIds.some((id) => due.includes(id)) || (await this.store.hasAnswersOf(session, due));
    if (!asked) return false;
    try {
      return (await this.deletion.erase(userId, sessionId, updatedAt)) !== undefined;
    } catch (error) {
      // It is in use, or was deleted by its user just now.
      if (error instanceof AppError) return false;
      throw error;
    }
  }

  private async rules(): Promise<RetentionRules> {
    const rules = new RetentionRules();
    // Behind those that are gone: one that is there again says itself how long it keeps sessions.
    for (const store of [this.retired, this.chatflows])
      for (let after: string | undefined, isWhole = false; !isWhole;) {
        const page: readonly KeepingChatflow[] = await store.list(after, CHATFLOWS_PER_BATCH);
        for (const { id, retentionDays } of page) rules.set(id, retentionDays);
        after = page.at(-1)?.id;
        isWhole = page.length < CHATFLOWS_PER_BATCH;
      }
    return rules;
  }

  private leaseEnd(): Date {
    return new Date(this.clock.now() + LEASE_MS);
  }
}
