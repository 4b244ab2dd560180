import { Inject, Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.port.js';
import { classifyError } from '../platform/errors/classify-error.js';
import { newId } from '../platform/ids.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { DEFAULT_TENANT } from '../platform/tenant.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditEntryStore } from './audit-entry.store.port.js';

const DAY_MS = 24 * 3600 * 1000;

/** What is to be written; when and under which id is told by the log. */
export type AuditNote = Omit<AuditEntry, 'id' | 'tenantId' | 'at' | 'expiresAt'>;
/** What is asked for; the log writes how it ends as well. */
export type AuditQuestion = Omit<AuditNote, 'phase' | 'answers' | 'code'>;

/** Writes down who did what. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly store: AuditEntryStore,
    private readonly clock: Clock,
    @Inject(AppConfig) private readonly config: Pick<AppConfig, 'operations'>,
    private readonly log: StructuredLog,
  ) {}

  /** Durable when it resolves: what must not be done unwritten waits for it. @returns the entry's id @throws what the store throws */
  async write(note: AuditNote): Promise<string> {
    const now = this.clock.now();
    const id = newId();
    await this.store.insert({
      ...note,
      id,
      tenantId: DEFAULT_TENANT,
      at: new Date(now),
      expiresAt: new Date(now + this.config.operations.auditRetentionDays * DAY_MS),
    });
    return id;
  }

  /**
   * Does something that must not be done unwritten: that it was asked for is durable before it begins, how it has ended before anybody is told. Where only
   * the outcome cannot be written, what was done stays done, and the log of the instance says so.
   * @param learned what is known only when it is done
   * @throws what the store throws, with nothing done; what `work` throws
   */
  async around<T>(
    question: AuditQuestion,
    work: () => Promise<T>,
    learned: (result: T) => Partial<AuditQuestion> = () => ({}),
  ): Promise<T> {
    const answers = await this.write({ ...question, phase: 'asked' });
    let result: T;
    try {
      result = await work();
    } catch (error) {
      const { code } = classifyError(error);
      await this.writeOutcome({ ...question, phase: 'refused', answers, code });
      throw error;
    }
    await this.writeOutcome({ ...question, ...learned(result), phase: 'done', answers });
    return result;
  }

  private async writeOutcome(note: AuditNote): Promise<void> {
    try {
      await this.write(note);
    } catch (error) {
      const { action, phase, answers } = note;
      this.log.error({ err: error, action, phase, answers }, 'How an action ended could not be noted');
    }
  }
}
