import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { UserIdentityStore, type UserIdentity } from '../../auth/directory/user-identity.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { identityId, USER_IDENTITY_MODEL, type UserIdentityRecord } from './user-identity.schema.js';

@Injectable()
export class MongooseUserIdentityStore extends UserIdentityStore {
  constructor(@InjectModel(USER_IDENTITY_MODEL) private readonly identities: Model<UserIdentityRecord>) {
    super();
  }

  async find(issuer: string, subject: string): Promise<UserIdentity | undefined> {
    const found = this.identities.findOne({ _id: identityId(issuer, subject) });
    const record = await found.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toIdentity(record);
  }

  async findByUser(userId: string): Promise<UserIdentity | undefined> {
    const record = await this.identities.findOne({ userId }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toIdentity(record);
  }

  async removeOf(userId: string): Promise<UserIdentity | undefined> {
    const removal = this.identities.findOneAndDelete({ userId });
    const record = await removal.setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toIdentity(record);
  }

  async ensure(identity: UserIdentity): Promise<UserIdentity> {
    try {
      return await this.upsert(identity);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Two upserts of one id at the same time, and the other one was first: now it is there.
      return this.upsert(identity);
    }
  }

  private async upsert(identity: UserIdentity): Promise<UserIdentity> {
    const record = await this.identities
      .findOneAndUpdate(
        { _id: identityId(identity.issuer, identity.subject) },
        { $setOnInsert: { tenantId: DEFAULT_TENANT, ...identity } },
        { upsert: true, returnDocument: 'after' },
      )
      .setOptions({ sanitizeFilter: true })
      .orFail()
      .lean();
    return toIdentity(record);
  }
}

function toIdentity({ issuer, subject, userId, createdAt }: UserIdentityRecord): UserIdentity {
  return { issuer, subject, userId, createdAt };
}
