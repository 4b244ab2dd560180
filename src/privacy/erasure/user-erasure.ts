import type { MemoryState } from '../../chat/conversations/memory-eraser.service.js';

/**
 * `erasing`: something is still to be removed · `confirming`: everything is gone, the account too; another look comes when no instance can know the
 * user any more · `done`: that look is through.
 */
export const ERASURE_PHASES = ['erasing', 'confirming', 'done'] as const;
export type ErasurePhase = (typeof ERASURE_PHASES)[number];

/** How much was removed, at least: what was removed just before a process died is not counted. */
export interface ErasureCounts {
  readonly sessions: number;
  readonly turns: number;
  readonly messages: number;
  readonly attachments: number;
  readonly apiKeys: number;
  readonly tasks: number;
}

export const NOTHING_ERASED: ErasureCounts = {
  sessions: 0,
  turns: 0,
  messages: 0,
  attachments: 0,
  apiKeys: 0,
  tasks: 0,
};

/** Why an upstream's memory was not reached: it is asked again for about a month, or it has no way to forget. */
export const UNREACHED_REASONS = ['pending', 'unsupported'] as const satisfies readonly MemoryState[];

export interface Unreached {
  readonly chatflowId: string;
  readonly reason: (typeof UNREACHED_REASONS)[number];
}

/** Kinds of unreached memory that an erasure names; a user who has asked more chatflows is told of the first. */
export const MAX_UNREACHED = 200;

/** The erasure of a user: durable from before anything is done until long after its end. */
export interface UserErasure {
  readonly userId: string;
  readonly tenantId: string;
  readonly phase: ErasurePhase;
  readonly requestedAt: Date;
  readonly erased: ErasureCounts;
  readonly notReached: readonly Unreached[];
  /** When the user was shut out. */
  readonly shutOutAt?: Date;
  readonly finishedAt?: Date;
  /** When its next pass is due; absent once it is done. */
  readonly dueAt?: Date;
  /** Who is at it, for as long as until `dueAt`. */
  readonly owner?: string;
  /** Absent until it is done. */
  readonly expiresAt?: Date;
}
