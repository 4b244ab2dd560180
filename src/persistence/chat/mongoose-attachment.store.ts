import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { Attachment } from '../../chat/records/attachment.js';
import {
  AttachmentStore,
  CHUNK_BYTES,
  type AttachmentClaim,
  type AttachmentKey,
  type FileAtHand,
  type OwnedAttachmentKey,
  type WholeFile,
} from '../../chat/records/attachment.store.port.js';
import type { SessionKey } from '../../chat/records/conversation.store.port.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import {
  ATTACHMENT_CHUNK_MODEL,
  ATTACHMENT_MODEL,
  type AttachmentChunkDocument,
  type AttachmentDocument,
} from './attachment.schema.js';
import { MESSAGE_MODEL, type MessageDocument } from './history.schema.js';
import { TURN_MODEL, type TurnDocument } from './turn.schema.js';

/** Pieces that one command writes, 4 MB: a command of a driver holds 48. */
const CHUNKS_PER_BATCH = 16;
/** Files that are removed by one pass through a session. */
const REMOVED_PER_BATCH = 100;

@Injectable()
export class MongooseAttachmentStore extends AttachmentStore {
  private readonly files: mongo.Collection<AttachmentDocument>;
  private readonly chunks: mongo.Collection<AttachmentChunkDocument>;
  private readonly messages: mongo.Collection<MessageDocument>;
  private readonly turns: mongo.Collection<TurnDocument>;

  constructor(
    @InjectModel(ATTACHMENT_MODEL) files: Model<AttachmentDocument>,
    @InjectModel(ATTACHMENT_CHUNK_MODEL) chunks: Model<AttachmentChunkDocument>,
    @InjectModel(MESSAGE_MODEL) messages: Model<MessageDocument>,
    @InjectModel(TURN_MODEL) turns: Model<TurnDocument>,
  ) {
    super();
    this.files = plainCollection(files);
    this.chunks = plainCollection(chunks);
    this.messages = patientCollection(plainCollection(messages));
    this.turns = patientCollection(plainCollection(turns));
  }

  async begin(attachment: Attachment): Promise<void> {
    await this.files.insertOne(documentOf(attachment, 'writing'));
  }

  async write(key: OwnedAttachmentKey, index: number, data: Buffer): Promise<void> {
    await this.chunks.insertOne(chunkOf(key, index, data));
  }

  async finish({ id, userId }: AttachmentKey, whole: WholeFile): Promise<boolean> {
    const { matchedCount } = await this.files.updateOne(
      { _id: id, userId, state: 'writing' },
      { $set: { state: 'whole', ...whole } },
    );
    return matchedCount === 1;
  }

  async put(files: readonly FileAtHand[]): Promise<void> {
    // First the records: whatever breaks off behind them is found by their end.
    await this.files.insertMany(files.map(({ attachment }) => documentOf(attachment, 'writing')));
    let batch: AttachmentChunkDocument[] = [];
    for (const { attachment, data } of files)
      for (let index = 0; index * CHUNK_BYTES < data.length; index++) {
        batch.push(chunkOf(attachment, index, data.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)));
        if (batch.length < CHUNKS_PER_BATCH) continue;
        await this.chunks.insertMany(batch);
        batch = [];
      }
    if (batch.length > 0) await this.chunks.insertMany(batch);
    const [first] = files;
    if (first === undefined) return;
    await this.files.updateMany(
      { _id: { $in: files.map(({ attachment }) => attachment.id) }, userId: first.attachment.userId },
      { $set: { state: 'whole' } },
    );
  }

  async find(userId: string, ids: readonly string[]): Promise<readonly Attachment[]> {
    const found = await this.files.find({ _id: { $in: [...ids] }, userId, state: 'whole' }).toArray();
    return found.map(toAttachment);
  }

  async list(
    { userId, sessionId }: SessionKey,
    limit: number,
    after?: string,
  ): Promise<readonly Attachment[]> {
    const behind = after === undefined ? {} : { _id: { $gt: after } };
    const found = await this.files
      .find({ userId, sessionId, state: 'whole', ...behind })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map(toAttachment);
  }

  async *read({ id, userId }: AttachmentKey, start: number, end: number): AsyncIterable<Buffer> {
    for (let at = start; at < end;) {
      const index = Math.floor(at / CHUNK_BYTES);
      const chunk = await this.chunks.findOne({ _id: `${id}/${index}`, userId });
      if (chunk === null) throw new Error(`attachment ${id} has no piece ${index}`);
      const from = at - index * CHUNK_BYTES;
      const piece = bytesIn(chunk.data).subarray(from, from + end - at);
      if (piece.length === 0) throw new Error(`attachment ${id} is shorter than it should be`);
      at += piece.length;
      yield piece;
    }
  }

  async waiting(userId: string, limit: number): Promise<{ readonly count: number; readonly bytes: number }> {
    const found = await this.files
      .find({ userId, sessionId: '' }, { projection: { bytes: 1 } })
      .limit(limit)
      .toArray();
    return { count: found.length, bytes: found.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  async claim(claim: AttachmentClaim): Promise<boolean> {
    const { userId, sessionId, messageId, ids, expiresAt } = claim;
    const { matchedCount } = await this.files.updateMany(
      { _id: { $in: [...ids] }, userId, sessionId: '', state: 'whole' },
      { $set: { sessionId, messageId, expiresAt } },
    );
    if (matchedCount === ids.length) return true;
    await this.unclaim(claim);
    return false;
  }

  async unclaim({ userId, sessionId, messageId, ids, expiresAt }: AttachmentClaim): Promise<void> {
    await this.files.updateMany(
      { _id: { $in: [...ids] }, userId, sessionId, messageId },
      { $set: { sessionId: '', expiresAt }, $unset: { messageId: 1 } },
    );
  }

  async removeFree({ id, userId }: AttachmentKey): Promise<boolean> {
    // Taken out of sight first: no question can take it any more, and its end has come.
    const { matchedCount } = await this.files.updateOne(
      { _id: id, userId, sessionId: '', state: 'whole' },
      { $set: { state: 'writing', expiresAt: new Date(0) } },
    );
    if (matchedCount === 0) return false;
    await this.remove([{ id, userId }]);
    return true;
  }

  async remove(keys: readonly AttachmentKey[]): Promise<void> {
    for (const { id, userId } of keys) {
      await patientCollection(this.chunks).deleteMany({ userId, attachmentId: id });
      await patientCollection(this.files).deleteOne({ _id: id, userId });
    }
  }

  async removeSession({ userId, sessionId }: SessionKey, olderThan: string): Promise<number> {
    return this.removeAll({ userId, sessionId, messageId: { $lt: olderThan } });
  }

  async removeAllOf(userId: string): Promise<number> {
    return this.removeAll({ userId });
  }

  private async removeAll(
    filter: mongo.Filter<AttachmentDocument> & { readonly userId: string },
  ): Promise<number> {
    const { userId } = filter;
    for (let removed = 0; ;) {
      const found = await patientCollection(this.files)
        .find(filter, { projection: { _id: 1 } })
        .limit(REMOVED_PER_BATCH)
        .toArray();
      if (found.length === 0) return removed;
      await this.remove(found.map(({ _id }) => ({ id: _id, userId })));
      removed += found.length;
    }
  }

  async expired(now: Date, limit: number): Promise<readonly Attachment[]> {
    const found = await patientCollection(this.files)
      .find({ expiresAt: { $lte: now } })
      .sort({ expiresAt: 1 })
      .limit(limit)
      .toArray();
    return found.map(toAttachment);
  }

  async isAsked({ userId, sessionId, messageId }: Attachment): Promise<boolean> {
    if (messageId === undefined) return false;
    const isMessage = (await this.messages.countDocuments({ _id: messageId, userId }, { limit: 1 })) > 0;
    if (isMessage) return true;
    const turn = { userId, sessionId, userMessageId: messageId, deletedAt: { $exists: false } };
    return (await this.turns.findOne(turn, { projection: { _id: 1 } })) !== null;
  }

  async keep({ id, userId }: AttachmentKey): Promise<void> {
    await patientCollection(this.files).updateOne({ _id: id, userId }, { $unset: { expiresAt: 1 } });
  }
}

function documentOf({ id, ...fields }: Attachment, state: AttachmentDocument['state']): AttachmentDocument {
  return { _id: id, ...fields, state };
}

function toAttachment({ _id, state: _, ...fields }: AttachmentDocument): Attachment {
  return { id: _id, ...fields };
}

function chunkOf(
  { id, userId, tenantId }: OwnedAttachmentKey,
  index: number,
  data: Buffer,
): AttachmentChunkDocument {
  return { _id: `${id}/${index}`, tenantId, userId, attachmentId: id, data };
}

function bytesIn(data: mongo.Binary | Buffer): Buffer {
  return Buffer.isBuffer(data) ? data : Buffer.from(data.buffer);
}
