import { Schema, type mongo } from 'mongoose';
import type { Attachment, AttachmentRef } from '../../chat/records/attachment.js';
import type { FieldsOf } from '../fields-of.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const ATTACHMENT_MODEL = 'Attachment';
export const ATTACHMENT_CHUNK_MODEL = 'AttachmentChunk';

/** `writing`: its pieces are still to come. */
export type AttachmentState = 'writing' | 'whole';

export interface AttachmentDocument extends Omit<Attachment, 'id'> {
  readonly _id: string;
  readonly state: AttachmentState;
}

/** Indexes: a user's by session, where those that no question has taken have none; those with an end, by it. */
export const attachmentSchema = new Schema<AttachmentDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    name: { type: String, required: true },
    type: { type: String, required: true },
    bytes: { type: Number, required: true },
    hash: String,
    state: { type: String, enum: ['writing', 'whole'], required: true },
    sessionId: String,
    messageId: String,
    createdAt: { type: Date, required: true },
    expiresAt: Date,
  },
  { collection: 'attachments', versionKey: false },
)
  .index({ userId: 1, sessionId: 1 }, { name: 'by_user_session' })
  .index({ expiresAt: 1 }, { partialFilterExpression: { expiresAt: { $exists: true } }, name: 'ending' });

/** A piece of a file. `_id` is `attachmentId/index`. */
export interface AttachmentChunkDocument {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly attachmentId: string;
  readonly data: mongo.Binary | Buffer;
}

/** Index: the pieces of a file, for its removal. */
export const attachmentChunkSchema = new Schema<AttachmentChunkDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    attachmentId: { type: String, required: true },
    data: { type: Buffer, required: true },
  },
  { collection: 'attachment_chunks', versionKey: false },
).index({ userId: 1, attachmentId: 1 }, { name: 'by_user_attachment' });

/** The files of a message or a turn, in either's schema. */
export const ATTACHMENT_REFS = {
  type: [
    new Schema<AttachmentRef>(
      {
        id: { type: String, required: true },
        name: { type: String, required: true },
        type: { type: String, required: true },
        bytes: { type: Number, required: true },
      } satisfies FieldsOf<AttachmentRef>,
      { _id: false },
    ),
  ],
  default: undefined,
};
