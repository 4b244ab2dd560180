import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { StoredAnswer } from '../../chat/turn/stored-answer.js';
import {
  FIRST_CHECKPOINT_AFTER_MS,
  TurnStore,
  type Checkpoint,
  type OpenResult,
} from '../../chat/turn/turn-store.port.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../chat/turn/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { isDuplicateKey, isOnlyDuplicates } from '../duplicate-key.js';
import { OrderedWriter, RefusedWrite } from '../ordered-writes/ordered-writer.js';
import { planDeleteMany, planGuardedUpdate, planInsert } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { CHECKPOINT_MODEL, TURN_MODEL, type CheckpointDocument, type TurnDocument } from './turn.schema.js';

/** A conflict can be gone when it is looked at; then opening is tried again, this often. */
const OPEN_ATTEMPTS = 3;

/** Every change of owner raises it. */
const FIRST_FENCE = 1;

@Injectable()
export class MongooseTurnStore extends TurnStore {
  private readonly plain: mongo.Collection<TurnDocument>;

  constructor(
    @InjectModel(TURN_MODEL) private readonly turns: Model<TurnDocument>,
    @InjectModel(CHECKPOINT_MODEL) private readonly pieces: Model<CheckpointDocument>,
    private readonly writer: OrderedWriter,
  ) {
    super();
    this.plain = plainCollection(turns);
  }

  async open(opening: TurnOpening, lease: Lease, hold?: PlannedWrite): Promise<OpenResult> {
    const { id, ...fields } = opening;
    const document: TurnDocument = { _id: id, ...fields, status: 'running', lease };
    for (let attempt = 1; ; attempt++) {
      try {
        return { kind: 'opened', held: await this.insert(document, hold) };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const conflict = await this.conflictOf(opening);
        if (conflict !== undefined) return conflict;
        if (attempt === OPEN_ATTEMPTS) throw error;
      }
    }
  }

  async discard(turnId: string): Promise<void> {
    await this.turns.deleteOne({ _id: turnId, status: 'running' });
  }

  async releaseKey(turnId: string): Promise<void> {
    await this.turns.updateOne({ _id: turnId }, { $unset: { idempotencyKey: 1, requestHash: 1 } });
  }

  async find(turnId: string): Promise<TurnRecord | undefined> {
    return toRecord(await this.plain.findOne({ _id: turnId }));
  }

  async findByKey(userId: string, idempotencyKey: string): Promise<TurnRecord | undefined> {
    return toRecord(await this.turns.findOne({ userId, idempotencyKey }).lean<TurnDocument>());
  }

  async findRunning(userId: string, sessionIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const running = await this.turns
      .find({ sessionId: { $in: sessionIds }, status: 'running', userId }, { sessionId: 1 })
      .lean();
    return new Map(running.map((turn) => [turn.sessionId, turn._id]));
  }

  async appendCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    const createdAt = new Date();
    const documents = checkpoints.map(({ turnId, sequence, part }) => ({
      _id: `${turnId}:${sequence}`,
      turnId,
      sequence,
      part,
      createdAt,
    }));
    try {
      await plainCollection(this.pieces).insertMany(documents, { ordered: false });
    } catch (error) {
      if (!isOnlyDuplicates(error)) throw error;
    }
  }

  async checkpoints(turnId: string, fromSequence = 0): Promise<readonly StoredAnswer[]> {
    const pieces = await this.pieces
      .find({ turnId, sequence: { $gte: fromSequence } })
      .sort({ turnId: 1, sequence: 1 })
      .lean<CheckpointDocument[]>();
    return pieces.map(({ part }) => part);
  }

  async renewLeases(owner: string, turnIds: readonly string[], expiresAt: Date): Promise<void> {
    await this.turns.updateMany(
      { _id: { $in: turnIds }, 'lease.owner': owner },
      { $set: { 'lease.expiresAt': expiresAt } },
    );
  }

  async takeOver(owner: string, expiredBefore: Date, expiresAt: Date): Promise<TurnRecord | undefined> {
    const taken = await this.turns
      .findOneAndUpdate(
        { status: 'running', 'lease.expiresAt': { $lt: expiredBefore }, 'lease.owner': { $ne: owner } },
        { $set: { 'lease.owner': owner, 'lease.expiresAt': expiresAt }, $inc: { 'lease.fence': 1 } },
        { returnDocument: 'after' },
      )
      .lean<TurnDocument>();
    return toRecord(taken);
  }

  async findTakenOver(owner: string): Promise<readonly string[]> {
    const taken = await this.turns
      .find({ status: 'running', 'lease.owner': owner, 'lease.fence': { $gt: FIRST_FENCE } }, { _id: 1 })
      .lean<{ _id: string }[]>();
    return taken.map(({ _id }) => _id);
  }

  async settle(
    turn: TurnRecord,
    settlement: Settlement,
    writes: readonly PlannedWrite[],
    charged: number,
  ): Promise<boolean> {
    const owned = ownedBy(turn.id, turn.lease?.fence ?? 0);
    const result = await this.writer.write([
      // The turn is there: only its owner may end it, and nothing else deletes a turn that was held.
      planGuardedUpdate(this.turns, owned, { $set: { settlement } }),
      ...writes,
      ...(mayHaveCheckpoints(turn, settlement) ? [planDeleteMany(this.pieces, { turnId: turn.id })] : []),
      planGuardedUpdate(this.turns, owned, endOf(settlement, charged)),
    ]);
    return result.kind === 'done';
  }

  async decide(turnId: string, fence: number, settlement: Settlement): Promise<boolean> {
    const { matchedCount } = await this.plain.updateOne(ownedBy(turnId, fence), { $set: { settlement } });
    return matchedCount === 1;
  }

  async finish(turn: TurnRecord, settlement: Settlement, charged: number): Promise<boolean> {
    // Before the end, because nobody comes back to an ended turn; by now the decision holds the answer.
    if (mayHaveCheckpoints(turn, settlement)) await this.pieces.deleteMany({ turnId: turn.id });
    const { matchedCount } = await this.plain.updateOne(
      ownedBy(turn.id, turn.lease?.fence ?? 0),
      endOf(settlement, charged),
    );
    return matchedCount === 1;
  }

  /** @returns whether the hold was made too */
  private async insert(document: TurnDocument, hold: PlannedWrite | undefined): Promise<boolean> {
    if (hold !== undefined) {
      const result = await this.writer.write([planInsert(this.turns, { ...document }), hold]);
      if (result.kind === 'done') return result.matched === 1;
      if (result.kind === 'refused' && result.index === 0) throw new RefusedWrite(result.code);
      if (result.kind === 'refused') return false;
    }
    await this.plain.insertOne(document);
    return false;
  }

  private async conflictOf(opening: TurnOpening): Promise<OpenResult | undefined> {
    if (opening.idempotencyKey !== undefined) {
      const turn = await this.findByKey(opening.userId, opening.idempotencyKey);
      if (turn !== undefined) return { kind: 'duplicate', turn };
    }
    const busy = toRecord(
      await this.turns.findOne({ sessionId: opening.sessionId, status: 'running' }).lean<TurnDocument>(),
    );
    return busy && { kind: 'busy', turn: busy };
  }
}

function ownedBy(turnId: string, fence: number) {
  return { _id: turnId, status: 'running' as const, 'lease.fence': fence };
}

function endOf({ answer: _, ...kept }: Settlement, charged: number) {
  return { $set: { status: kept.outcome, settlement: kept, charged }, $unset: { lease: 1 as const } };
}

function mayHaveCheckpoints({ startedAt }: TurnRecord, { endedAt }: Settlement): boolean {
  return endedAt.getTime() - startedAt.getTime() >= FIRST_CHECKPOINT_AFTER_MS;
}

function toRecord(document: TurnDocument | null): TurnRecord | undefined {
  if (document === null) return undefined;
  const { _id, ...fields } = document;
  return { id: _id, ...fields };
}
