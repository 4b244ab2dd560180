import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  ProviderSessionStore,
  type ProviderSession,
} from '../../auth/backchannel/provider-session.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { PROVIDER_SESSION_MODEL, type ProviderSessionRecord } from './provider-session.schema.js';

@Injectable()
export class MongooseProviderSessionStore extends ProviderSessionStore {
  constructor(@InjectModel(PROVIDER_SESSION_MODEL) private readonly sessions: Model<ProviderSessionRecord>) {
    super();
  }

  async find(id: string): Promise<ProviderSession | undefined> {
    const record = await this.sessions.findOne({ _id: id }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toSession(record);
  }

  async ensure(session: ProviderSession): Promise<void> {
    const { id: _id, userId } = session;
    if ((await this.insert(session)) || userId === undefined) return;
    await this.sessions.updateOne({ _id }, { $set: { userId } }).setOptions({ sanitizeFilter: true });
  }

  async end(session: Parameters<ProviderSessionStore['end']>[0]): Promise<ProviderSession> {
    try {
      return await this.upsertEnd(session);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Two upserts of one id at the same time, and the other one was first: now it is there.
      return this.upsertEnd(session);
    }
  }

  async isUsed(tokenId: string): Promise<boolean> {
    return (await this.find(tokenId)) !== undefined;
  }

  use(tokenId: string, expiresAt: Date): Promise<boolean> {
    return this.insert({ id: tokenId, expiresAt });
  }

  /** @returns false when one with this id is there */
  private async insert({ id, ...session }: ProviderSession): Promise<boolean> {
    try {
      await this.sessions.create({ _id: id, ...session });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  private async upsertEnd({ id, endedAt, expiresAt }: Parameters<ProviderSessionStore['end']>[0]) {
    const record = await this.sessions
      .findOneAndUpdate(
        { _id: id },
        { $max: { endedAt, expiresAt }, $setOnInsert: { tenantId: DEFAULT_TENANT } },
        { upsert: true, returnDocument: 'after' },
      )
      .setOptions({ sanitizeFilter: true })
      .orFail()
      .lean();
    return toSession(record);
  }
}

function toSession({ _id, userId, endedAt, expiresAt }: ProviderSessionRecord): ProviderSession {
  return {
    id: _id,
    ...(userId === undefined ? {} : { userId }),
    ...(endedAt === undefined ? {} : { endedAt }),
    expiresAt,
  };
}
