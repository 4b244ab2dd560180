import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { ErrorCode } from '../contract/error-codes.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../platform/repeating-task.js';
import type { AuditAction } from './audit-entry.js';
import { AuditLog, type AuditNote } from './audit-log.service.js';

/** Failures that are alike are counted for so long. */
export const FAILURE_WINDOW_MS = 5 * 60 * 1000;
/** Entries of their own that one window begins on an instance; what else fails in it is counted together by its action. */
export const MAX_FAILURES_TOLD_APART = 50;
/** Of an address or a block of addresses; longer than any is. */
const MAX_ADDRESS_CHARACTERS = 64;

/** What anybody can do as often as they like, without being anybody. */
export interface Failure {
  readonly action: AuditAction;
  readonly code: ErrorCode;
  /** Whose account it was about, where there is one. */
  readonly userId?: string;
  /** Which of their keys it was about, if one. */
  readonly apiKeyId?: string;
  /** Where it came from: one address, or the block that one customer of a provider has. */
  readonly address?: string;
}

interface Counted {
  readonly failure: Failure;
  /** Since the entry of the first was written. */
  since: number;
}

/**
 * Writes down what fails, without letting whoever makes it fail fill the log or slow anything down: nobody waits for these entries, the first of
 * those that are alike is written at once, the others are counted into one entry at the end of the window. With their instance at most the counts of its last
 * window are lost.
 */
@Injectable()
export class AuditFailures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(FAILURE_WINDOW_MS, () => this.endWindow(), {
    first: 'after-interval',
  });
  private counted = new Map<string, Counted>();
  private readonly writes = new Set<Promise<void>>();

  constructor(
    private readonly audit: AuditLog,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
    await this.endWindow();
  }

  /** Never throws. */
  note(failure: Failure): void {
    const { action, code } = failure;
    const known = this.counted.get(keyOf(failure));
    if (known !== undefined) known.since += 1;
    else if (this.counted.size < MAX_FAILURES_TOLD_APART) this.begin(failure);
    else this.noteTogether({ action, code });
  }

  /** Writes what was counted, and begins anew. Never rejects. */
  async endWindow(): Promise<void> {
    const ended = this.counted;
    this.counted = new Map();
    for (const { failure, since } of ended.values()) if (since > 0) this.write(failure, since);
    await Promise.all(this.writes);
  }

  private begin(failure: Failure): void {
    this.counted.set(keyOf(failure), { failure, since: 0 });
    this.write(failure, 1);
  }

  /** There are only as many actions and codes: these have room beside the others. */
  private noteTogether(failure: Failure): void {
    const known = this.counted.get(keyOf(failure));
    if (known === undefined) this.begin(failure);
    else known.since += 1;
  }

  private write(failure: Failure, count: number): void {
    const written = this.audit.write(noteOf(failure, count)).then(
      () => undefined,
      (error: unknown) => {
        this.log.error({ err: error, action: failure.action, count }, 'What has failed could not be noted');
      },
    );
    this.writes.add(written);
    void written.then(() => this.writes.delete(written));
  }
}

function keyOf({ action, code, userId = '', apiKeyId = '', address = '' }: Failure): string {
  return `${action} ${code} ${userId} ${apiKeyId} ${address}`;
}

function noteOf({ action, code, userId, apiKeyId, address }: Failure, count: number): AuditNote {
  return {
    action,
    phase: 'refused',
    code,
    ...targetOf(userId, apiKeyId),
    details: {
      count,
      ...(apiKeyId === undefined || userId === undefined ? {} : { ownerId: userId }),
      ...(address === undefined ? {} : { address: address.slice(0, MAX_ADDRESS_CHARACTERS) }),
    },
  };
}

function targetOf(
  userId: string | undefined,
  apiKeyId: string | undefined,
): Pick<AuditNote, 'targetKind' | 'targetId'> {
  if (apiKeyId !== undefined) return { targetKind: 'api-key', targetId: apiKeyId };
  return userId === undefined ? {} : { targetKind: 'user', targetId: userId };
}
