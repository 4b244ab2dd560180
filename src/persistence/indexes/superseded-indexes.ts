import type { mongo } from 'mongoose';
import { indexesOf, isSameKey, type IndexRules } from './expected-indexes.js';

interface SupersededIndex extends Pick<IndexRules, 'key'> {
  readonly collection: string;
  readonly name: string;
}

/** Of versions before; others have taken their place. Each costs a write with every document, and only speed rested on them. */
const SUPERSEDED: readonly SupersededIndex[] = [
  { collection: 'turns', name: 'by_user_session', key: { userId: 1, sessionId: 1, position: 1, _id: 1 } },
  {
    collection: 'credit_transactions',
    name: 'account_newest',
    key: { accountId: 1, createdAt: -1, _id: -1 },
  },
  {
    collection: 'credit_transactions',
    name: 'account_kind_createdAt',
    key: { accountId: 1, kind: 1, createdAt: 1 },
  },
];

/** Drops them, where they are. For when those are there that took their place. */
export async function dropSuperseded(db: mongo.Db): Promise<void> {
  for (const { collection, name, key } of SUPERSEDED) {
    const found = await indexesOf(db, collection);
    if (found.some((one) => one.name === name && isSameKey(one.key, key)))
      await db.collection(collection).dropIndex(name);
  }
}
