import { Schema } from 'mongoose';
import {
  AUDIT_ACTIONS,
  AUDIT_PHASES,
  AUDIT_TARGETS,
  type AuditAction,
  type AuditDetails,
  type AuditPhase,
  type AuditTargetKind,
} from '../../audit/audit-entry.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const AUDIT_ENTRY_MODEL = 'AuditEntry';

export interface AuditEntryDocument {
  _id: string;
  tenantId: string;
  at: Date;
  action: AuditAction;
  phase: AuditPhase;
  answers?: string;
  actorId?: string;
  apiKeyId?: string;
  targetKind?: AuditTargetKind;
  targetId?: string;
  requestId?: string;
  code?: string;
  details?: AuditDetails;
  expiresAt: Date;
  /** Until it has its place. */
  pending?: true;
  sequence?: number;
  previousHash?: string;
  hash?: string;
}

/**
 * Indexes, and the query each serves:
 * - `sequence` unique: the chain in order, and that each place is taken once.
 * - `pending, _id`: what has no place yet, the oldest first.
 * - `actorId, _id`, `targetId, _id`, `action, _id`: lists (ids grow with time).
 * - `expiresAt`: removes what is old enough.
 */
export const auditEntrySchema = new Schema<AuditEntryDocument>(
  {
    _id: { type: String, required: true },
    tenantId: TENANT_FIELD,
    at: { type: Date, required: true },
    action: { type: String, enum: AUDIT_ACTIONS, required: true },
    phase: { type: String, enum: AUDIT_PHASES, required: true },
    answers: { type: String },
    actorId: { type: String },
    apiKeyId: { type: String },
    targetKind: { type: String, enum: AUDIT_TARGETS },
    targetId: { type: String },
    requestId: { type: String },
    code: { type: String },
    details: { type: Schema.Types.Mixed },
    expiresAt: { type: Date, required: true },
    pending: { type: Boolean },
    sequence: { type: Number },
    previousHash: { type: String },
    hash: { type: String },
  },
  { collection: 'audit_entries', versionKey: false, minimize: false },
);
auditEntrySchema.index(
  { sequence: 1 },
  { unique: true, partialFilterExpression: { sequence: { $exists: true } }, name: 'by_sequence' },
);
auditEntrySchema.index(
  { pending: 1, _id: 1 },
  { partialFilterExpression: { pending: true }, name: 'pending' },
);
auditEntrySchema.index({ actorId: 1, _id: -1 });
auditEntrySchema.index({ targetId: 1, _id: -1 });
auditEntrySchema.index({ action: 1, _id: -1 });
auditEntrySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
