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

  async insert({ id, ...family }: RefreshTokenFamily): Promise<void> {
    await this.families.create({ _id: id, ...family });
  }

  async rotate(rotation: Rotation): Promise<{ userId: string } | undefined> {
    const newest = {
      _id: rotation.familyId,
      secretHash: rotation.fromHash,
      expiresAt: trusted({ $gt: rotation.now }),
    };
    const next = {
      $set: {
        secretHash: rotation.toHash,
        expiresAt: rotation.expiresAt,
        rotated: { fromHash: rotation.fromHash, at: rotation.now },
      },
    };
    const record = await this.families
      .findOneAndUpdate(newest, next)
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record === null ? undefined : { userId: record.userId };
  }

  async findRotated(
    { familyId, fromHash, toHash, now }: Parameters<RefreshTokenStore['findRotated']>[0],
    after: Date,
  ): Promise<{ userId: string; at: Date } | undefined> {
    const rotated = {
      _id: familyId,
      secretHash: toHash,
      'rotated.fromHash': fromHash,
      'rotated.at': trusted({ $gt: after }),
      expiresAt: trusted({ $gt: now }),
    };
    const record = await this.families.findOne(rotated).setOptions({ sanitizeFilter: true }).lean();
    return record?.rotated && { userId: record.userId, at: record.rotated.at };
  }

  async exists(familyId: string): Promise<boolean> {
    const found = this.families.findOne({ _id: familyId }, { _id: 1 });
    return (await found.setOptions({ sanitizeFilter: true }).lean()) !== null;
  }

  async listOf(userId: string, now: Date, limit: number): Promise<readonly RefreshTokenFamily[]> {
    const records = await this.families
      .find({ userId, expiresAt: trusted({ $gt: now }) })
      .setOptions({ sanitizeFilter: true })
      .sort({ createdAt: -1 })
      .limit(limit)
      .lean();
    return records.map(toFamily);
  }

  async removeOf(userId: string, familyId: string): Promise<boolean> {
    const removed = this.families.deleteOne({ _id: familyId, userId });
    return (await removed.setOptions({ sanitizeFilter: true })).deletedCount > 0;
  }

  async removeAllOf(userId: string, exceptId?: string): Promise<void> {
    const others = exceptId === undefined ? {} : { _id: trusted({ $ne: exceptId }) };
    await this.families.deleteMany({ userId, ...others }).setOptions({ sanitizeFilter: true });
  }

  async remove(familyId: string): Promise<{ userId: string } | undefined> {
    const record = await this.families
      .findOneAndDelete({ _id: familyId })
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record === null ? undefined : { userId: record.userId };
  }
}

function toFamily({ _id, userId, secretHash, rotated, userAgent, createdAt, expiresAt }: RefreshTokenRecord) {
  return {
    id: _id,
    userId,
    secretHash,
    ...(rotated === undefined ? {} : { rotated }),
    ...(userAgent === undefined ? {} : { userAgent }),
    createdAt,
    expiresAt,
  };
}
