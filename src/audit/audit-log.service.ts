import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.port.js';
import { newId } from '../platform/ids.js';
import { DEFAULT_TENANT } from '../platform/tenant.js';
import type { AuditEntry } from './audit-entry.js';
import { AuditEntryStore } from './audit-entry.store.port.js';

const DAY_MS = 24 * 3600 * 1000;

/** What is to be written; when and under which id is told by the log. */
export type AuditNote = Omit<AuditEntry, 'id' | 'tenantId' | 'at' | 'expiresAt'>;

/** Writes down who did what. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly store: AuditEntryStore,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  /** Durable when it resolves: what must not be done unwritten waits for it. @throws what the store throws */
  async write(note: AuditNote): Promise<void> {
    const now = this.clock.now();
    await this.store.insert({
      ...note,
      id: newId(),
      tenantId: DEFAULT_TENANT,
      at: new Date(now),
      expiresAt: new Date(now + this.config.operations.auditRetentionDays * DAY_MS),
    });
  }
}
