import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  CreditTransactionStore,
  type TransactionPosition,
  type UsageGroup,
  type UsageSum,
} from '../../accounting/ledger/credit-transaction.store.port.js';
import { turnEntryId, worthOf, type LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import { insertMissing } from '../insert-missing.js';
import { plainCollection } from '../plain-collection.js';
import type { LedgerEntryDocument } from './credit-account.schema.js';
import { CREDIT_TRANSACTION_MODEL } from './credit-transaction.schema.js';
import { toEntry, toEntryDocument } from './ledger-entry.mapper.js';
import { reachingTheLedger } from './translate-error.js';

const WORTH_KINDS: LedgerEntry['kind'][] = ['grant', 'adjust', 'refund', 'capture'];
const USAGE_KINDS: LedgerEntry['kind'][] = ['capture', 'refund'];

interface KindSum {
  readonly _id: { readonly key: string; readonly kind: LedgerEntry['kind'] };
  readonly credits: number;
  readonly turns: number;
}

const USAGE_KEYS = {
  day: { $dateToString: { format: '%Y-%m-%d', date: '$createdAt' } },
  chatflow: '$chatflowId',
} as const;

@Injectable()
export class MongooseCreditTransactionStore extends CreditTransactionStore {
  constructor(@InjectModel(CREDIT_TRANSACTION_MODEL) private readonly model: Model<LedgerEntryDocument>) {
    super();
  }

  async insertMissing(entries: readonly LedgerEntry[]): Promise<void> {
    await reachingTheLedger(() => insertMissing(this.collection, entries.map(toEntryDocument)));
  }

  async find(accountId: string, id: string): Promise<LedgerEntry | undefined> {
    const found = await reachingTheLedger(() => this.collection.findOne({ _id: id, accountId }));
    return found === null ? undefined : toEntry(found);
  }

  async findSettlement(accountId: string, turnId: string): Promise<LedgerEntry | undefined> {
    const ids = [turnEntryId(turnId, accountId, 'capture'), turnEntryId(turnId, accountId, 'release')];
    const found = await reachingTheLedger(() => this.collection.findOne({ _id: { $in: ids }, accountId }));
    return found === null ? undefined : toEntry(found);
  }

  async page(accountId: string, limit: number, after?: TransactionPosition): Promise<readonly LedgerEntry[]> {
    const found = await reachingTheLedger(() =>
      this.collection
        .find({ accountId, ...olderThan(after) })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    );
    return found.map(toEntry);
  }

  async usage(accountId: string, from: Date, to: Date, group: UsageGroup): Promise<readonly UsageSum[]> {
    const kind = { $in: USAGE_KINDS };
    const sums = await reachingTheLedger(() =>
      this.collection
        .aggregate<KindSum>([
          { $match: { accountId, kind, createdAt: { $gte: from, $lt: to } } },
          {
            $group: {
              _id: { key: USAGE_KEYS[group], kind: '$kind' },
              credits: { $sum: '$amount' },
              turns: { $sum: 1 },
            },
          },
          { $sort: { '_id.key': 1 } },
        ])
        .toArray(),
    );
    const usage = new Map<string, UsageSum>();
    for (const { _id, credits, turns } of sums) {
      const sum = usage.get(_id.key) ?? { key: _id.key, credits: 0, turns: 0, refunded: 0 };
      usage.set(_id.key, _id.kind === 'refund' ? { ...sum, refunded: credits } : { ...sum, credits, turns });
    }
    return [...usage.values()];
  }

  async worthOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const sums = await reachingTheLedger(() =>
      this.collection
        .aggregate<{ _id: Pick<LedgerEntry, 'accountId' | 'kind'>; amount: number }>([
          { $match: { accountId: { $in: [...accountIds] }, kind: { $in: WORTH_KINDS } } },
          { $group: { _id: { accountId: '$accountId', kind: '$kind' }, amount: { $sum: '$amount' } } },
        ])
        .toArray(),
    );
    const worth = new Map<string, number>();
    for (const { _id, amount } of sums) {
      worth.set(_id.accountId, (worth.get(_id.accountId) ?? 0) + worthOf({ kind: _id.kind, amount }));
    }
    return worth;
  }

  async *worthRows(accountId: string): AsyncIterable<Pick<LedgerEntry, 'id' | 'kind' | 'amount' | 'keyId'>> {
    const cursor = this.collection.find(
      { accountId, kind: { $in: WORTH_KINDS } },
      { projection: { kind: 1, amount: 1, keyId: 1 } },
    );
    try {
      for (;;) {
        const row = await reachingTheLedger(() => cursor.next());
        if (row === null) return;
        const { _id: id, kind, amount, keyId } = row;
        yield { id, kind, amount, ...(keyId === undefined ? {} : { keyId }) };
      }
    } finally {
      await cursor.close();
    }
  }

  async existing(entries: readonly Pick<LedgerEntry, 'id' | 'accountId'>[]): Promise<ReadonlySet<string>> {
    if (entries.length === 0) return new Set();
    const accountIds = [...new Set(entries.map(({ accountId }) => accountId))];
    const ids = entries.map(({ id }) => id);
    const found = await reachingTheLedger(() =>
      this.collection
        .find({ accountId: { $in: accountIds }, _id: { $in: ids } }, { projection: { _id: 1 } })
        .toArray(),
    );
    return new Set(found.map(({ _id }) => _id));
  }

  private get collection(): mongo.Collection<LedgerEntryDocument> {
    return plainCollection(this.model);
  }
}

/** The first condition bounds the index; the second leaves out what the page before showed of the same moment. */
function olderThan(position: TransactionPosition | undefined): mongo.Filter<LedgerEntryDocument> {
  if (position === undefined) return {};
  const { createdAt, id } = position;
  return { createdAt: { $lte: createdAt }, $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: id } }] };
}
