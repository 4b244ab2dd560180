import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model } from 'mongoose';
import { RetiredChatflowStore, type RetiredChatflow } from '../../chatflows/retired-chatflow.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { RETIRED_CHATFLOW_MODEL, type RetiredChatflowRecord } from './retired-chatflow.schema.js';

@Injectable()
export class MongooseRetiredChatflowStore extends RetiredChatflowStore {
  constructor(@InjectModel(RETIRED_CHATFLOW_MODEL) private readonly retired: Model<RetiredChatflowRecord>) {
    super();
  }

  async put(retired: RetiredChatflow): Promise<void> {
    try {
      await this.upsert(retired);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Two upserts of one id at the same time, and the other one was first: now it is there.
      await this.upsert(retired);
    }
  }

  async remove(id: string): Promise<void> {
    await this.retired.deleteOne({ _id: id }).setOptions({ sanitizeFilter: true });
  }

  async list(after: string | undefined, limit: number): Promise<readonly RetiredChatflow[]> {
    const behind = after === undefined ? {} : { _id: trusted({ $gt: after }) };
    const found = await this.retired.find(behind).sort({ _id: 1 }).limit(limit).lean();
    return found.map(({ _id: id, retentionDays, deletedAt, expiresAt }) => ({
      ...{ id, retentionDays, deletedAt, expiresAt },
    }));
  }

  private async upsert({ id, ...fields }: RetiredChatflow): Promise<void> {
    await this.retired
      .updateOne({ _id: id }, { $set: fields, $setOnInsert: { tenantId: DEFAULT_TENANT } }, { upsert: true })
      .setOptions({ sanitizeFilter: true });
  }
}
