import { Schema } from 'mongoose';
import { TENANT_FIELD } from '../tenant-field.js';
import type { TicketHolder } from '../../auth/stream-tickets/stream-ticket.js';

export const STREAM_TICKET_MODEL = 'StreamTicket';

export interface StreamTicketRecord extends Omit<TicketHolder, 'roles'> {
  /** The ticket's hash. */
  _id: string;
  turnId: string;
  roles: string[];
  expiresAt: Date;
}

/**
 * Indexes, and what each serves:
 * - `_id`: use.
 * - `userId, expiresAt`: how many a user has.
 * - `expiresAt` TTL: those that nobody has used vanish. Whoever takes one checks the expiry all the same, because the sweep comes late.
 */
export const streamTicketSchema = new Schema<StreamTicketRecord>(
  {
    _id: { type: String, required: true },
    turnId: { type: String, required: true },
    userId: { type: String, required: true },
    tenantId: TENANT_FIELD,
    accountId: { type: String, required: true },
    issuer: { type: String },
    subject: { type: String },
    externalName: { type: String },
    roles: { type: [String], required: true },
    issuedAt: { type: Number },
    loginId: { type: String },
    issuerSession: { type: String },
    apiKeyHash: { type: String },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'stream_tickets', versionKey: false },
);
streamTicketSchema.index({ userId: 1, expiresAt: 1 });
streamTicketSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
