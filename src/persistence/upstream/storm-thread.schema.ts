import { Schema } from 'mongoose';
import type { ThreadKey } from '../../upstream/storm/thread.store.port.js';

export const STORM_THREAD_MODEL = 'StormThread';

export interface StormThreadRecord extends ThreadKey {
  /** User, session and server, which together are the thread's identity. */
  readonly _id: string;
  readonly threadId: string;
  readonly createdAt: Date;
}

/**
 * Indexes, and the query each serves:
 * - `userId, sessionId`: forgetting a session. A thread is found by its `_id`.
 */
export const stormThreadSchema = new Schema<StormThreadRecord>(
  {
    _id: { type: String, required: true },
    userId: { type: String, required: true },
    sessionId: { type: String, required: true },
    origin: { type: String, required: true },
    threadId: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: 'storm_threads', versionKey: false },
).index({ userId: 1, sessionId: 1 }, { name: 'by_session' });
