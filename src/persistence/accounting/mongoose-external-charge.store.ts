import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  ExternalChargeStore,
  type ChargeDecision,
  type ChargedTurn,
  type ChargeState,
  type ExternalCharge,
  type OpenedCharge,
} from '../../accounting/external/external-charge.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { plainCollection } from '../plain-collection.js';
import { EXTERNAL_CHARGE_MODEL, type ExternalChargeDocument } from './external-charge.schema.js';
import { reachingTheLedger } from './translate-error.js';

const UNSURE_STATES: ChargeState[] = ['holding', 'refused'];
const OPEN_STATES: ChargeState[] = [...UNSURE_STATES, 'held'];

@Injectable()
export class MongooseExternalChargeStore extends ExternalChargeStore {
  constructor(@InjectModel(EXTERNAL_CHARGE_MODEL) private readonly model: Model<ExternalChargeDocument>) {
    super();
  }

  open(charge: ChargedTurn, dueAt: Date, now: Date): Promise<OpenedCharge> {
    const { userId, turnId, chatflowId, amount } = charge;
    const opened = { userId, chatflowId, amount, state: 'holding' as const, dueAt };
    return reachingTheLedger(async () => {
      if (await this.insert(turnId, { ...opened, createdAt: now })) {
        return { charge: { turnId, ...opened }, isNew: true };
      }
      // The price may have changed since the refusal.
      const reopened = await this.change(turnId, ['refused'], { state: 'holding', amount, dueAt });
      const found = reopened ?? (await this.collection.findOne({ _id: turnId }));
      if (found === null) throw new Error('An external charge vanished while it was opened.');
      return { charge: toCharge(found), isNew: reopened !== null };
    });
  }

  async markHeld(turnId: string): Promise<boolean> {
    const { matchedCount } = await reachingTheLedger(() =>
      this.collection.updateOne(
        { _id: turnId, state: { $in: OPEN_STATES } },
        { $set: { state: 'held' }, $unset: { dueAt: '' } },
      ),
    );
    return matchedCount === 1;
  }

  async markRefused(turnId: string): Promise<void> {
    await reachingTheLedger(() =>
      this.collection.updateOne(
        { _id: turnId, state: 'holding' },
        { $set: { state: 'refused' }, $unset: { dueAt: '' } },
      ),
    );
  }

  decide(
    decision: ChargeDecision,
    state: 'captured' | 'released',
    dueAt: Date,
    now: Date,
  ): Promise<ExternalCharge> {
    const { userId, turnId, chatflowId, amount, outcome } = decision;
    const decided = { state, ...(outcome === undefined ? {} : { outcome }), dueAt };
    const never = { userId, chatflowId, amount, ...decided, state: 'released' as const, dueAt: undefined };
    return reachingTheLedger(async () => {
      for (;;) {
        const held = await this.change(turnId, ['held'], decided);
        const changed = held ?? (await this.change(turnId, UNSURE_STATES, { ...decided, state: 'released' }));
        const found = changed ?? (await this.collection.findOne({ _id: turnId }));
        if (found !== null && isDecided(found)) return toCharge(found);
        if (found !== null) continue;
        if (await this.insert(turnId, { ...withoutUndefined(never), createdAt: now, finishedAt: now })) {
          return { turnId, ...never };
        }
      }
    });
  }

  async finish(turnId: string, now: Date): Promise<void> {
    await reachingTheLedger(() =>
      this.collection.updateOne({ _id: turnId }, { $set: { finishedAt: now }, $unset: { dueAt: '' } }),
    );
  }

  async postpone(turnId: string, dueAt: Date): Promise<void> {
    await reachingTheLedger(() =>
      this.collection.updateOne({ _id: turnId, dueAt: { $exists: true } }, { $set: { dueAt } }),
    );
  }

  async findDue(now: Date, limit: number): Promise<readonly ExternalCharge[]> {
    const found = await reachingTheLedger(() =>
      this.collection
        .find({ dueAt: { $lte: now } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray(),
    );
    return found.map(toCharge);
  }

  async heldBy(userId: string): Promise<number> {
    const found = await reachingTheLedger(() =>
      this.collection.find({ userId, state: 'held' }, { projection: { amount: 1 } }).toArray(),
    );
    return found.reduce((sum, { amount }) => sum + amount, 0);
  }

  private get collection(): mongo.Collection<ExternalChargeDocument> {
    return plainCollection(this.model);
  }

  private async insert(
    turnId: string,
    charge: Omit<ExternalChargeDocument, '_id' | 'tenantId'>,
  ): Promise<boolean> {
    try {
      const { upsertedCount } = await this.collection.updateOne(
        { _id: turnId },
        { $setOnInsert: { tenantId: DEFAULT_TENANT, ...charge } },
        { upsert: true },
      );
      return upsertedCount === 1;
    } catch (error) {
      // Two upserts of one id at the same time: the other one was first.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  private change(
    turnId: string,
    from: readonly ChargeState[],
    set: Partial<ExternalChargeDocument>,
  ): Promise<ExternalChargeDocument | null> {
    return this.collection.findOneAndUpdate(
      { _id: turnId, state: { $in: [...from] } },
      { $set: set },
      { returnDocument: 'after' },
    );
  }
}

function toCharge(document: ExternalChargeDocument): ExternalCharge {
  const { _id, userId, chatflowId, amount, state, outcome, dueAt } = document;
  return { turnId: _id, userId, chatflowId, amount, state, outcome, dueAt };
}

function isDecided({ state }: ExternalChargeDocument): boolean {
  return state === 'captured' || state === 'released';
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
