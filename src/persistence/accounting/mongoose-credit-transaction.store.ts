import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import { TRANSACTION_KINDS } from '../../accounting/credit-ledger.port.js';
import {
  CreditTransactionStore,
  type RowPeriod,
  type TransactionPosition,
  type UsageGroup,
  type UsageSum,
  type WorthRow,
} from '../../accounting/ledger/credit-transaction.store.port.js';
import { turnEntryId, worthOf, type LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import { inPieces } from '../in-pieces.js';
import { insertMissing } from '../insert-missing.js';
import { plainCollection } from '../plain-collection.js';
import type { LedgerEntryDocument } from './credit-account.schema.js';
import { CREDIT_TRANSACTION_MODEL } from './credit-transaction.schema.js';
import { toEntry, toEntryDocument } from './ledger-entry.mapper.js';
import { reachingTheLedger } from './translate-error.js';

const WORTH_KINDS: LedgerEntry['kind'][] = ['grant', 'adjust', 'refund', 'capture'];
/** What comes of a hold before the holds: it is inserted behind its own, so that no page that is read in this order shows it without that. */
const PAGE_KINDS = TRANSACTION_KINDS.toReversed();
const USAGE_KINDS: LedgerEntry['kind'][] = ['capture', 'refund'];

/** What rows of usage are summed by. */
const USAGE_KEYS: Readonly<Record<UsageGroup, (row: LedgerEntryDocument) => string | undefined>> = {
  day: ({ createdAt }) => createdAt.toISOString().slice(0, 'YYYY-MM-DD'.length),
  chatflow: ({ chatflowId }) => chatflowId,
};

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
    // Each kind by the index that usage is read by, too: one over all kinds would be written with every row, for this page alone.
    const ofKinds: LedgerEntryDocument[][] = [];
    for (const kind of PAGE_KINDS) {
      const rows = this.collection
        .find({ accountId, kind, ...olderThan(after) })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit);
      ofKinds.push(await reachingTheLedger(() => rows.toArray()));
    }
    return ofKinds.flat().sort(newestFirst).slice(0, limit).map(toEntry);
  }

  async usage(accountId: string, from: Date, to: Date, group: UsageGroup): Promise<readonly UsageSum[]> {
    const rows = { accountId, kind: { $in: USAGE_KINDS }, createdAt: { $gte: from, $lt: to } };
    const usage = new Map<string, UsageSum>();
    for await (const piece of this.pieces(rows, { _id: 0, kind: 1, amount: 1, chatflowId: 1, createdAt: 1 }))
      for (const row of piece) {
        const key = USAGE_KEYS[group](row) ?? '';
        const { credits, turns, refunded } = usage.get(key) ?? { credits: 0, turns: 0, refunded: 0 };
        const { amount } = row;
        usage.set(
          key,
          row.kind === 'refund'
            ? { key, credits, turns, refunded: refunded + amount }
            : { key, credits: credits + amount, turns: turns + 1, refunded },
        );
      }
    return [...usage.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async worthOf(accountIds: readonly string[], period: RowPeriod = {}): Promise<ReadonlyMap<string, number>> {
    const worth = new Map<string, number>();
    const rows = { accountId: { $in: [...accountIds] }, ...worthIn(period) };
    for await (const piece of this.pieces(rows, { _id: 0, accountId: 1, kind: 1, amount: 1 }))
      for (const row of piece) worth.set(row.accountId, (worth.get(row.accountId) ?? 0) + worthOf(row));
    return worth;
  }

  async *worthRows(accountId: string, period: RowPeriod = {}): AsyncIterable<readonly WorthRow[]> {
    const rows = { accountId, ...worthIn(period) };
    for await (const piece of this.pieces(rows, { kind: 1, amount: 1, keyId: 1 }))
      yield piece.map(({ _id: id, kind, amount, keyId }) => ({
        ...{ id, kind, amount },
        ...(keyId === undefined ? {} : { keyId }),
      }));
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

  /** By an index of the account, in which nothing has to be sorted. */
  private async *pieces(
    filter: mongo.Filter<LedgerEntryDocument>,
    projection: Readonly<Record<string, 0 | 1>>,
  ): AsyncGenerator<readonly LedgerEntryDocument[], void> {
    const pieces = inPieces(this.collection, filter, { projection });
    try {
      for (;;) {
        const { value, done } = await reachingTheLedger(() => pieces.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await pieces.return();
    }
  }

  private get collection(): mongo.Collection<LedgerEntryDocument> {
    return plainCollection(this.model);
  }
}

function worthIn({ from, before }: RowPeriod): mongo.Filter<LedgerEntryDocument> {
  const createdAt = {
    ...(from === undefined ? {} : { $gte: from }),
    ...(before === undefined ? {} : { $lt: before }),
  };
  const isOpen = from === undefined && before === undefined;
  return { kind: { $in: WORTH_KINDS }, ...(isOpen ? {} : { createdAt }) };
}

/** As the index has them: ids by their bytes. */
function newestFirst(a: LedgerEntryDocument, b: LedgerEntryDocument): number {
  return (
    b.createdAt.getTime() - a.createdAt.getTime() || Buffer.compare(Buffer.from(b._id), Buffer.from(a._id))
  );
}

/** The first condition bounds the index; the second leaves out what the page before showed of the same moment. */
function olderThan(position: TransactionPosition | undefined): mongo.Filter<LedgerEntryDocument> {
  if (position === undefined) return {};
  const { createdAt, id } = position;
  return { createdAt: { $lte: createdAt }, $or: [{ createdAt: { $lt: createdAt } }, { _id: { $lt: id } }] };
}
