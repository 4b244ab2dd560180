/** What is written down. Of reads of other people's conversations there is one, `user.export`. */
export const AUDIT_ACTIONS = [
  'user.register',
  'user.create',
  'user.change',
  'user.move',
  'user.sign-out',
  'user.delete',
  'user.export',
  'user.reset-password',
  'user.change-password',
  'user.request-reset',
  'user.set-password',
  'sign-in.create',
  'sign-in.end',
  'sign-in.fail',
  'sign-in.throttle',
  'sign-in.reuse-token',
  'api-key.create',
  'api-key.change',
  'api-key.rotate',
  'api-key.revoke',
  'api-key.refuse',
  'access-token.refuse',
  'logout-token.refuse',
  'chatflow.put',
  'chatflow.delete',
  'credits.grant',
  'credits.adjust',
  'credits.refund',
  'session.delete',
  'audit.export',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_TARGETS = ['user', 'api-key', 'chatflow', 'turn', 'session', 'sign-in'] as const;
export type AuditTargetKind = (typeof AUDIT_TARGETS)[number];

export const AUDIT_PHASES = ['asked', 'done', 'refused'] as const;
/** `asked` is written before anything is done; `done` or `refused` behind it, or alone where nothing is changed for anybody else (docs/operating/audit.md). */
export type AuditPhase = (typeof AUDIT_PHASES)[number];

/** Who acts by a command on the server itself, as whoever may read its data. */
export const COMMAND_LINE_ACTOR = 'operator (command line)';

/** Numbers, names and switches, never what somebody has written to a model. */
export type AuditDetails = Readonly<Record<string, string | number | boolean>>;

/** Who did what to whom. */
export interface AuditEntry {
  /** Grows with time. */
  readonly id: string;
  readonly tenantId: string;
  readonly at: Date;
  readonly action: AuditAction;
  readonly phase: AuditPhase;
  /** Of an outcome: the id of the entry `asked` that it belongs to. */
  readonly answers?: string;
  /** Absent for those who have not signed in. */
  readonly actorId?: string;
  /** The key that they came with. */
  readonly apiKeyId?: string;
  readonly targetKind?: AuditTargetKind;
  readonly targetId?: string;
  /** As in the log and in `X-Request-Id`: both entries of a request have it. Clients may give several requests one id. */
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
