import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model } from 'mongoose';
import type { Chatflow } from '../../chatflows/chatflow.js';
import {
  ChatflowStore,
  sameBuckets,
  type ChatflowAsRead,
  type ChatflowSettings,
} from '../../chatflows/chatflow.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { bucketsKeyOf } from '../../chatflows/buckets-key.js';
import { isDuplicateKey, isDuplicateOf } from '../duplicate-key.js';
import { absentFrom, toChatflow } from './chatflow-document.js';
import { CHATFLOW_MODEL, type ChatflowRecord } from './chatflow.schema.js';

@Injectable()
export class MongooseChatflowStore extends ChatflowStore {
  constructor(@InjectModel(CHATFLOW_MODEL) private readonly chatflows: Model<ChatflowRecord>) {
    super();
  }

  async find(id: string): Promise<Chatflow | undefined> {
    const record = await this.chatflows.findOne({ _id: id }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toChatflow(record);
  }

  async list(after: string | undefined, limit: number): Promise<readonly Chatflow[]> {
    const behind = after === undefined ? {} : { _id: trusted({ $gt: after }) };
    const records = await this.chatflows.find(behind).sort({ _id: 1 }).limit(limit).lean();
    return records.map(toChatflow);
  }

  async put(id: string, settings: ChatflowSettings, now: Date): Promise<Chatflow> {
    try {
      return await this.upsert(id, settings, now);
    } catch (error) {
      if (isDuplicateOf(error, 'bucketsKey')) throw sameBuckets();
      if (!isDuplicateKey(error)) throw error;
      // Two callers created it at once, and the other was first: now there is one to replace.
      return this.upsert(id, settings, now);
    }
  }

  async insertIfMissing(id: string, settings: ChatflowSettings, now: Date): Promise<boolean> {
    try {
      const bucketsKey = bucketsKeyOf(settings.upstream.bucketIds);
      const made = {
        ...(bucketsKey === undefined ? {} : { bucketsKey }),
        tenantId: DEFAULT_TENANT,
        version: 1,
        createdAt: now,
        updatedAt: now,
      };
      const result = await this.chatflows
        .updateOne({ _id: id }, { $setOnInsert: { ...settings, ...made } }, { upsert: true })
        .setOptions({ sanitizeFilter: true });
      return result.upsertedCount === 1;
    } catch (error) {
      if (isDuplicateOf(error, 'bucketsKey')) throw sameBuckets();
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async remove({ id, version, updatedAt }: ChatflowAsRead): Promise<boolean> {
    const result = await this.chatflows
      .deleteOne({ _id: id, version, updatedAt })
      .setOptions({ sanitizeFilter: true });
    return result.deletedCount === 1;
  }

  private async upsert(id: string, settings: ChatflowSettings, now: Date): Promise<Chatflow> {
    const bucketsKey = bucketsKeyOf(settings.upstream.bucketIds);
    const stored = { ...settings, ...(bucketsKey === undefined ? {} : { bucketsKey }) };
    const absent = absentFrom(stored);
    const update = {
      $set: { ...stored, updatedAt: now },
      ...(absent.length === 0 ? {} : { $unset: Object.fromEntries(absent.map((name) => [name, ''])) }),
      $setOnInsert: { tenantId: DEFAULT_TENANT, createdAt: now },
      $inc: { version: 1 },
    };
    const record = await this.chatflows
      .findOneAndUpdate({ _id: id }, update, { upsert: true, returnDocument: 'after' })
      .setOptions({ sanitizeFilter: true })
      .lean();
    return toChatflow(record);
  }
}
