/** What is written down. Reads of other people's conversations are none of them: nothing offers one. */
export const AUDIT_ACTIONS = [
  'user.change',
  'user.sign-out',
  'user.delete',
  'user.reset-password',
  'user.change-password',
  'api-key.create',
  'api-key.change',
  'api-key.rotate',
  'api-key.revoke',
  'chatflow.put',
  'chatflow.delete',
  'credits.grant',
  'credits.adjust',
  'credits.refund',
  'session.delete',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_TARGETS = ['user', 'api-key', 'chatflow', 'turn', 'session'] as const;
export type AuditTargetKind = (typeof AUDIT_TARGETS)[number];

/** Numbers, names and switches, never what somebody has written to a model. */
export type AuditDetails = Readonly<Record<string, string | number | boolean>>;

/** Who did what to whom. */
export interface AuditEntry {
  /** Grows with time. */
  readonly id: string;
  readonly tenantId: string;
  readonly at: Date;
  readonly action: AuditAction;
  /** `asked` is written before anything is done; `refused` behind it when nothing was. */
  readonly phase: 'asked' | 'refused';
  /** Absent for those who have not signed in. */
  readonly actorId?: string;
  /** The key that they came with. */
  readonly apiKeyId?: string;
  readonly targetKind?: AuditTargetKind;
  readonly targetId?: string;
  /** As in the log and in `X-Request-Id`: both entries of a request have it. */
  readonly requestId?: string;
  /** Why it was refused: the code of the problem. */
  readonly code?: string;
  readonly details?: AuditDetails;
  readonly expiresAt: Date;
}

/** An entry that has its place in the chain. */
export interface ChainedEntry extends AuditEntry {
  /** Without gaps, from 1. */
  readonly sequence: number;
  /** Of the entry before; 64 zeros before the first. */
  readonly previousHash: string;
  readonly hash: string;
}
