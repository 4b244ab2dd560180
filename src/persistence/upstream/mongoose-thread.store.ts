import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ThreadStore, type ThreadKey } from '../../upstream/storm/thread.store.port.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { STORM_THREAD_MODEL, type StormThreadRecord } from './storm-thread.schema.js';

@Injectable()
export class MongooseThreadStore extends ThreadStore {
  constructor(@InjectModel(STORM_THREAD_MODEL) private readonly threads: Model<StormThreadRecord>) {
    super();
  }

  async find(key: ThreadKey): Promise<string | undefined> {
    const record = await this.threads
      .findOne({ _id: idOf(key) }, { threadId: 1 })
      .setOptions({ sanitizeFilter: true })
      .lean();
    return record?.threadId;
  }

  async keep(key: ThreadKey, threadId: string): Promise<void> {
    try {
      const { userId, sessionId, origin } = key;
      await this.threads.create({
        _id: idOf(key),
        userId,
        sessionId,
        origin,
        threadId,
        createdAt: new Date(),
      });
    } catch (error) {
      // Another turn of the session was first.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async forget(userId: string, sessionId: string): Promise<void> {
    await this.threads.deleteMany({ userId, sessionId }).setOptions({ sanitizeFilter: true });
  }
}

/** Unambiguous, whatever the parts hold. */
const idOf = ({ userId, sessionId, origin }: ThreadKey) =>
  [userId, sessionId, origin].map(encodeURIComponent).join(':');
