import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { trusted, type Model } from 'mongoose';
import {
  RefreshTokenStore,
  type RefreshTokenFamily,
  type Rotation,
} from '../../auth/tokens/refresh-token.store.port.js';
import { REFRESH_TOKEN_MODEL, type RefreshTokenRecord } from './refresh-token.schema.js';

@Injectable()
export class MongooseRefreshTokenStore extends RefreshTokenStore {
  constructor(@InjectModel(REFRESH_TOKEN_MODEL) private readonly families: Model<RefreshTokenRecord>) {
    super();
  }

  async insert({ id, userId, secretHash, createdAt, expiresAt }: RefreshTokenFamily): Promise<void> {
    await this.families.create({ _id: id, userId, secretHash, createdAt, expiresAt });
  }

  async rotate(rotation: Rotation): Promise<{ userId: string } | undefined> {
    const newest = {
      _id: rotation.familyId,
      secretHash: rotation.fromHash,
      expiresAt: trusted({ $gt: rotation.now }),
    };
    const next = { $set: { secretHash: rotation.toHash, expiresAt: rotation.expiresAt } };
    const record = await this.families
      .findOneAndUpdate(newest, next)
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record === null ? undefined : { userId: record.userId };
  }

  async remove(familyId: string): Promise<{ userId: string } | undefined> {
    const record = await this.families
      .findOneAndDelete({ _id: familyId })
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record === null ? undefined : { userId: record.userId };
  }
}
