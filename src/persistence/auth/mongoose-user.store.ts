import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { OwnUser, User } from '../../auth/accounts/user.js';
import { UserStore } from '../../auth/accounts/user.store.port.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { USER_MODEL, type UserRecord } from './user.schema.js';

@Injectable()
export class MongooseUserStore extends UserStore {
  constructor(@InjectModel(USER_MODEL) private readonly users: Model<UserRecord>) {
    super();
  }

  async insert({ id, roles, ...user }: OwnUser): Promise<boolean> {
    try {
      await this.users.create({ _id: id, ...user, roles: [...roles] });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async ensure({ id, roles, ...user }: User): Promise<void> {
    try {
      await this.users
        .updateOne({ _id: id }, { $setOnInsert: { ...user, roles: [...roles] } }, { upsert: true })
        .setOptions({ sanitizeFilter: true });
    } catch (error) {
      // Two upserts of one id at the same time: the other one was first.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async findByEmail(email: string): Promise<OwnUser | undefined> {
    const record = await this.users.findOne({ email }).setOptions({ sanitizeFilter: true }).lean();
    const user = record === null ? undefined : toUser(record);
    return user !== undefined && isOwn(user) ? user : undefined;
  }

  async findById(id: string): Promise<User | undefined> {
    const record = await this.users.findOne({ _id: id }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toUser(record);
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.users.updateOne({ _id: id }, { $set: { passwordHash } }).setOptions({ sanitizeFilter: true });
  }
}

function toUser({ _id, tenantId, accountId, email, passwordHash, roles, createdAt }: UserRecord): User {
  return {
    id: _id,
    tenantId,
    accountId,
    ...(email === undefined ? {} : { email }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    roles,
    createdAt,
  };
}

function isOwn(user: User): user is OwnUser {
  return user.email !== undefined && user.passwordHash !== undefined;
}
