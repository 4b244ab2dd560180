import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  CreditAccountStore,
  type AccountClearing,
} from '../../accounting/ledger/credit-account.store.port.js';
import type {
  AccountOutbox,
  CreditAccount,
  Hold,
  KeyCap,
  KeyShare,
} from '../../accounting/ledger/credit-account.js';
import type { LedgerEntry } from '../../accounting/ledger/ledger-entry.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { planGuardedUpdate, planUpdate } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { CREDIT_ACCOUNT_MODEL, type CreditAccountDocument } from './credit-account.schema.js';
import {
  capAllows,
  capOf,
  heldOn,
  holding,
  isNew,
  isOpenFor,
  leftOf,
  settling,
} from './credit-account-updates.js';
import { toEntry, toEntryDocument } from './ledger-entry.mapper.js';
import { reachingTheLedger } from './translate-error.js';

@Injectable()
export class MongooseCreditAccountStore extends CreditAccountStore {
  constructor(@InjectModel(CREDIT_ACCOUNT_MODEL) private readonly model: Model<CreditAccountDocument>) {
    super();
  }

  async find(accountId: string): Promise<CreditAccount | undefined> {
    const found = await reachingTheLedger(() => this.collection.findOne({ _id: accountId }));
    return found === null ? undefined : toAccount(found);
  }

  async findMany(accountIds: readonly string[]): Promise<readonly CreditAccount[]> {
    const found = await reachingTheLedger(() =>
      this.collection.find({ _id: { $in: [...accountIds] } }).toArray(),
    );
    return found.map(toAccount);
  }

  async outboxesOf(accountIds: readonly string[]): Promise<readonly AccountOutbox[]> {
    const found = await reachingTheLedger(() =>
      this.collection
        .find({ _id: { $in: [...accountIds] } }, { projection: { outbox: 1, settledTurns: 1 } })
        .toArray(),
    );
    return found.map(toOutbox);
  }

  async open(accountId: string, openedAt: Date, grant?: LedgerEntry): Promise<void> {
    const account: Omit<CreditAccountDocument, '_id'> = {
      tenantId: DEFAULT_TENANT,
      available: grant?.amount ?? 0,
      holds: [],
      outbox: grant === undefined ? [] : [toEntryDocument(grant)],
      settledTurns: [],
      settledUpTo: '',
      revision: 0,
      openedAt,
    };
    await reachingTheLedger(async () => {
      try {
        await this.collection.updateOne({ _id: accountId }, { $setOnInsert: account }, { upsert: true });
      } catch (error) {
        // Two upserts of one id at the same time: the other one has opened it.
        if (!isDuplicateKey(error)) throw error;
      }
    });
  }

  hold(
    accountId: string,
    hold: Hold,
    entry: LedgerEntry,
    key?: KeyShare,
    revision?: number,
  ): Promise<boolean> {
    return this.change(
      {
        _id: accountId,
        available: { $gte: hold.amount },
        ...capAllows(key, hold),
        ...(revision === undefined ? isNew(hold.turnId) : { revision, ...isOpenFor(hold.turnId) }),
      },
      holding(hold, entry, key),
    );
  }

  planHold(accountId: string, hold: Hold, entry: LedgerEntry, key?: KeyShare): PlannedWrite {
    const enough = { available: { $gte: hold.amount }, ...capAllows(key, hold) };
    const filter = { _id: accountId, ...enough, ...isNew(hold.turnId) };
    return planUpdate(this.model, filter, holding(hold, entry, key));
  }

  async shortOf(
    accountId: string,
    { turnId, amount }: Pick<Hold, 'turnId' | 'amount'>,
  ): Promise<number | undefined> {
    // One figure instead of the account: a user out of credits may have hundreds of holds.
    const found = await reachingTheLedger(() =>
      this.collection.findOne(
        { _id: accountId, available: { $lt: amount }, ...isNew(turnId) },
        { projection: { available: 1 } },
      ),
    );
    return found?.available;
  }

  async shortOfCap(
    accountId: string,
    { turnId, amount }: Pick<Hold, 'turnId' | 'amount'>,
    keyId: string,
  ): Promise<number | undefined> {
    const left = leftOf(keyId);
    const found = await reachingTheLedger(() =>
      this.collection.findOne(
        { _id: accountId, [left]: { $lt: amount }, ...isNew(turnId) },
        { projection: { [left]: 1 } },
      ),
    );
    return found?.keyCaps?.[keyId]?.left;
  }

  settle(
    accountId: string,
    hold: Pick<Hold, 'turnId' | 'amount'>,
    entry: LedgerEntry,
    key?: KeyShare,
  ): Promise<boolean> {
    return this.change(heldOn(accountId, hold, entry, key), settling(hold, entry, key));
  }

  planSettlement(
    accountId: string,
    hold: Pick<Hold, 'turnId' | 'amount'>,
    entry: LedgerEntry,
    key?: KeyShare,
  ): PlannedWrite {
    return planGuardedUpdate(this.model, heldOn(accountId, hold, entry, key), settling(hold, entry, key));
  }

  close(accountId: string, turnId: string, revision: number): Promise<boolean> {
    return this.change(
      { _id: accountId, revision, ...isOpenFor(turnId) },
      { $push: { settledTurns: turnId } },
    );
  }

  post(entry: LedgerEntry, revision?: number, toKey?: string): Promise<boolean> {
    return this.change(
      {
        _id: entry.accountId,
        ...(entry.amount < 0 ? { available: { $gte: -entry.amount } } : {}),
        ...(revision === undefined ? {} : { revision, 'outbox._id': { $ne: entry.id } }),
        ...(toKey === undefined ? {} : { [capOf(toKey)]: { $exists: true } }),
      },
      {
        $inc: { available: entry.amount, ...(toKey === undefined ? {} : { [leftOf(toKey)]: entry.amount }) },
        $push: { outbox: toEntryDocument(entry) },
      },
    );
  }

  async keyCaps(accountId: string): Promise<Readonly<Record<string, KeyCap>>> {
    const found = await reachingTheLedger(() =>
      this.collection.findOne({ _id: accountId }, { projection: { keyCaps: 1 } }),
    );
    return found?.keyCaps ?? {};
  }

  addKeyCap(accountId: string, keyId: string, cap: number): Promise<boolean> {
    const entry = capOf(keyId);
    return this.change(
      { _id: accountId, [entry]: { $exists: false } },
      { $set: { [entry]: { cap, left: cap } } },
    );
  }

  changeKeyCap(accountId: string, keyId: string, read: KeyCap, cap: number): Promise<boolean> {
    const current = `${capOf(keyId)}.cap`;
    return this.change(
      { _id: accountId, [current]: read.cap },
      { $set: { [current]: cap }, $inc: { [leftOf(keyId)]: cap - read.cap } },
    );
  }

  async removeKeyCaps(accountId: string, keyIds: readonly string[]): Promise<void> {
    if (keyIds.length === 0) return;
    const gone = Object.fromEntries(keyIds.map((keyId) => [capOf(keyId), 1 as const]));
    await this.change({ _id: accountId }, { $unset: gone });
  }

  async clear(clearings: readonly AccountClearing[]): Promise<void> {
    const operations = clearings.map(({ accountId, entryIds, forgottenTurns }) => ({
      updateOne: {
        filter: { _id: accountId },
        update: {
          $inc: { revision: 1 },
          $pull: {
            outbox: { _id: { $in: [...entryIds] } },
            ...(forgottenTurns.length > 0 ? { settledTurns: { $in: [...forgottenTurns] } } : {}),
          },
          ...(forgottenTurns.length > 0 ? { $max: { settledUpTo: greatest(forgottenTurns) } } : {}),
        },
      },
    }));
    await reachingTheLedger(() => this.collection.bulkWrite(operations, { ordered: false }));
  }

  async findWithOutbox(madeBefore: Date, limit: number): Promise<readonly string[]> {
    const found = await reachingTheLedger(() =>
      this.collection
        .find({ 'outbox.createdAt': { $lt: madeBefore } }, { projection: { _id: 1 }, limit })
        .toArray(),
    );
    return found.map(({ _id }) => _id);
  }

  async *batches(size: number): AsyncIterable<readonly CreditAccount[]> {
    let last = '';
    for (;;) {
      const after = last;
      const found = await reachingTheLedger(() =>
        this.collection
          .find({ _id: { $gt: after } })
          .sort({ _id: 1 })
          .limit(size)
          .toArray(),
      );
      if (found.length > 0) yield found.map(toAccount);
      if (found.length < size) return;
      last = found.at(-1)?._id ?? last;
    }
  }

  private get collection(): mongo.Collection<CreditAccountDocument> {
    return plainCollection(this.model);
  }

  private async change(
    filter: mongo.Filter<CreditAccountDocument>,
    update: mongo.UpdateFilter<CreditAccountDocument>,
  ): Promise<boolean> {
    const { matchedCount } = await reachingTheLedger(() => this.collection.updateOne(filter, update));
    return matchedCount === 1;
  }
}

function toOutbox({
  _id,
  outbox,
  settledTurns,
}: Pick<CreditAccountDocument, '_id' | 'outbox' | 'settledTurns'>): AccountOutbox {
  return { accountId: _id, outbox: outbox.map(toEntry), settledTurns };
}

function toAccount(document: CreditAccountDocument): CreditAccount {
  const { _id, available, holds, outbox, settledTurns, settledUpTo, keyCaps, revision } = document;
  return {
    accountId: _id,
    available,
    holds,
    outbox: outbox.map(toEntry),
    settledTurns,
    settledUpTo,
    ...(keyCaps === undefined ? {} : { keyCaps }),
    revision,
  };
}

/** By code units, as the database compares ASCII ids. */
function greatest(ids: readonly string[]): string {
  return ids.reduce((most, id) => (id > most ? id : most), '');
}
