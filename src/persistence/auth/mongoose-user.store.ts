import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { User } from '../../auth/accounts/user.js';
import { UserStore } from '../../auth/accounts/user.store.port.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { USER_MODEL, type UserRecord } from './user.schema.js';

@Injectable()
export class MongooseUserStore extends UserStore {
  constructor(@InjectModel(USER_MODEL) private readonly users: Model<UserRecord>) {
    super();
  }

  async insert(user: User): Promise<boolean> {
    const { id, email, passwordHash, roles, createdAt } = user;
    try {
      await this.users.create({ _id: id, email, passwordHash, roles: [...roles], createdAt });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async findByEmail(email: string): Promise<User | undefined> {
    const record = await this.users.findOne({ email }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toUser(record);
  }

  async findById(id: string): Promise<User | undefined> {
    const record = await this.users.findOne({ _id: id }).setOptions({ sanitizeFilter: true }).lean();
    return record === null ? undefined : toUser(record);
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.users.updateOne({ _id: id }, { $set: { passwordHash } }).setOptions({ sanitizeFilter: true });
  }
}

function toUser({ _id, email, passwordHash, roles, createdAt }: UserRecord): User {
  return { id: _id, email, passwordHash, roles, createdAt };
}
