import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model } from 'mongoose';
import type { ApiKey, ApiKeyChange, RotatedSecret } from '../../auth/api-keys/api-key.js';
import { ApiKeyStore } from '../../auth/api-keys/api-key.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateOf } from '../duplicate-key.js';
import { insertIntoSlot } from '../slots.js';
import { API_KEY_MODEL, type ApiKeyRecord } from './api-key.schema.js';

@Injectable()
export class MongooseApiKeyStore extends ApiKeyStore {
  constructor(@InjectModel(API_KEY_MODEL) private readonly keys: Model<ApiKeyRecord>) {
    super();
  }

  insert(
    { id, owner, scopes, chatflowIds, ...key }: ApiKey,
    max: number,
    tenantId = DEFAULT_TENANT,
  ): Promise<boolean> {
    const ownerRecord = owner === undefined ? {} : { owner: { ...owner, roles: [...owner.roles] } };
    const lists = {
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      ...(chatflowIds === undefined ? {} : { chatflowIds: [...chatflowIds] }),
    };
    return insertIntoSlot(
      max,
      async () => (await this.slotsOf(key.userId)).map(({ slot }) => slot),
      (slot) => this.keys.create({ _id: id, tenantId, ...key, ...ownerRecord, ...lists, slot }),
      (error) => isDuplicateOf(error, 'slot'),
    );
  }

  async findByHash(keyHash: string): Promise<ApiKey | undefined> {
    const record =
      (await this.keys.findOne({ keyHash }).setOptions({ sanitizeFilter: true }).lean()) ??
      (await this.keys.findOne({ 'previous.keyHash': keyHash }).setOptions({ sanitizeFilter: true }).lean());
    return record === null ? undefined : toApiKey(record);
  }

  async find(userId: string, id: string): Promise<ApiKey | undefined> {
    const record = await this.keys.findOne({ _id: id, userId }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toApiKey(record);
  }

  async rotate({ id, userId, keyHash }: ApiKey, secret: RotatedSecret): Promise<ApiKey | undefined> {
    const { previous, ...rest } = secret;
    const update = {
      $set: { ...rest, ...(previous === undefined ? {} : { previous }) },
      ...(previous === undefined ? { $unset: { previous: 1 as const } } : {}),
    };
    const rotation = this.keys.findOneAndUpdate({ _id: id, userId, keyHash }, update, {
      returnDocument: 'after',
    });
    const record = await rotation.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toApiKey(record);
  }

  async change(userId: string, id: string, change: ApiKeyChange): Promise<ApiKey | undefined> {
    const { chatflowIds, ...rest } = change;
    const set = { ...rest, ...(chatflowIds === undefined ? {} : { chatflowIds: [...chatflowIds] }) };
    if (Object.keys(set).length === 0) return this.find(userId, id);
    const update = this.keys.findOneAndUpdate(
      { _id: id, userId },
      { $set: set },
      { returnDocument: 'after' },
    );
    const record = await update.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toApiKey(record);
  }

  async listOf(userId: string): Promise<readonly ApiKey[]> {
    const newestFirst = this.keys.find({ userId }).sort({ _id: -1 });
    return (await newestFirst.setOptions({ sanitizeFilter: true }).lean()).map(toApiKey);
  }

  async remove(userId: string, id: string): Promise<ApiKey | undefined> {
    const removal = this.keys.findOneAndDelete({ _id: id, userId });
    const record = await removal.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toApiKey(record);
  }

  async noteUse(id: string, usedAt: Date, unlessAfter: Date): Promise<void> {
    const notedSince = { _id: id, lastUsedAt: trusted({ $not: trusted({ $gt: unlessAfter }) }) };
    await this.keys
      .updateOne(notedSince, { $set: { lastUsedAt: usedAt } })
      .setOptions({ sanitizeFilter: true });
  }

  private slotsOf(userId: string): Promise<Pick<ApiKeyRecord, 'slot'>[]> {
    return this.keys.find({ userId }, { slot: 1 }).setOptions({ sanitizeFilter: true }).lean();
  }
}

function toApiKey({ _id, ...record }: ApiKeyRecord): ApiKey {
  return {
    id: _id,
    userId: record.userId,
    name: record.name,
    prefix: record.prefix,
    keyHash: record.keyHash,
    ...(record.previous === undefined ? {} : { previous: record.previous }),
    ...(record.owner === undefined ? {} : { owner: record.owner }),
    ...(record.scopes === undefined ? {} : { scopes: record.scopes }),
    ...(record.chatflowIds === undefined ? {} : { chatflowIds: record.chatflowIds }),
    ...(record.requestsPerMinute === undefined ? {} : { requestsPerMinute: record.requestsPerMinute }),
    ...(record.hasCreditCap === undefined ? {} : { hasCreditCap: record.hasCreditCap }),
    createdAt: record.createdAt,
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
    ...(record.lastUsedAt === undefined ? {} : { lastUsedAt: record.lastUsedAt }),
  };
}
