import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import { UserErasureStore, type ErasureProgress } from '../../privacy/erasure/user-erasure.store.port.js';
import type { UserErasure } from '../../privacy/erasure/user-erasure.js';
import { insertMissing } from '../insert-missing.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { USER_ERASURE_MODEL, type UserErasureDocument } from './user-erasure.schema.js';

@Injectable()
export class MongooseUserErasureStore extends UserErasureStore {
  private readonly erasures: mongo.Collection<UserErasureDocument>;

  constructor(@InjectModel(USER_ERASURE_MODEL) model: Model<UserErasureDocument>) {
    super();
    this.erasures = patientCollection(plainCollection(model));
  }

  async begin({ userId, ...fields }: UserErasure): Promise<void> {
    await insertMissing(this.erasures, [{ _id: userId, ...fields }]);
  }

  async find(userId: string): Promise<UserErasure | undefined> {
    return toErasure(await this.erasures.findOne({ _id: userId }));
  }

  async take(userId: string, owner: string, now: Date, until: Date): Promise<UserErasure | undefined> {
    // One that nobody is at need not be due.
    const idle = { _id: userId, owner: { $exists: false }, dueAt: { $exists: true } };
    return (
      (await this.takeOne(idle, owner, until)) ??
      (await this.takeOne({ _id: userId, dueAt: { $lte: now } }, owner, until))
    );
  }

  async takeDue(owner: string, now: Date, until: Date): Promise<UserErasure | undefined> {
    return this.takeOne({ dueAt: { $lte: now } }, owner, until);
  }

  async takeOver(owner: string, until: Date): Promise<UserErasure | undefined> {
    return this.takeOne({ dueAt: { $exists: true }, owner: { $exists: true } }, owner, until);
  }

  async save(userId: string, owner: string, progress: ErasureProgress): Promise<boolean> {
    const { dueAt, ...rest } = progress;
    const { matchedCount } = await this.erasures.updateOne(
      { _id: userId, owner },
      {
        $set: { ...rest, ...(dueAt === undefined ? {} : { dueAt }) },
        $unset: { owner: 1, ...(dueAt === undefined ? { dueAt: 1 as const } : {}) },
      },
    );
    return matchedCount === 1;
  }

  async discard(userId: string): Promise<void> {
    await this.erasures.deleteOne({ _id: userId });
  }

  private async takeOne(
    filter: mongo.Filter<UserErasureDocument>,
    owner: string,
    until: Date,
  ): Promise<UserErasure | undefined> {
    const taken = await this.erasures.findOneAndUpdate(
      filter,
      { $set: { owner, dueAt: until } },
      { returnDocument: 'after' },
    );
    return toErasure(taken);
  }
}

function toErasure(document: UserErasureDocument | null): UserErasure | undefined {
  if (document === null) return undefined;
  const { _id, ...fields } = document;
  return { userId: _id, ...fields };
}
