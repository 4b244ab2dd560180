import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { BranchPath } from '../../chat/records/branch-path.js';
import type { StoredAnswer } from '../../chat/records/stored-answer.js';
import {
  TurnStore,
  type Burial,
  type Checkpoint,
  type DeletionLock,
  type OpeningWrites,
  type OpenResult,
  type TurnEnding,
  type TurnKey,
  type TurnPlace,
} from '../../chat/records/turn.store.port.js';
import {
  FIRST_FENCE,
  type Lease,
  type Settlement,
  type TurnOpening,
  type TurnRecord,
} from '../../chat/records/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { OrderedWriter } from '../ordered-writes/ordered-writer.port.js';
import { planDeleteMany, planGuardedUpdate } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { CheckpointPieces } from './checkpoint-pieces.js';
import { onPath } from './path-filter.js';
import { RUNNING, endOf, mayHaveCheckpoints, ownedBy, toOwnTurn, toRecord } from './turn-document.js';
import { TurnBurials } from './turn-burials.js';
import { TurnOpeningWrites } from './turn-opening-writes.js';
import { CHECKPOINT_MODEL, TURN_MODEL, type CheckpointDocument, type TurnDocument } from './turn.schema.js';

@Injectable()
export class MongooseTurnStore extends TurnStore {
  private readonly plain: mongo.Collection<TurnDocument>;
  /** For what no request waits for. */
  private readonly patient: mongo.Collection<TurnDocument>;
  private readonly openings: TurnOpeningWrites;
  private readonly pieces: CheckpointPieces;
  private readonly burials: TurnBurials;

  constructor(
    @InjectModel(TURN_MODEL) private readonly turns: Model<TurnDocument>,
    @InjectModel(CHECKPOINT_MODEL) private readonly checkpointModel: Model<CheckpointDocument>,
    private readonly writer: OrderedWriter,
  ) {
    super();
    this.plain = plainCollection(turns);
    this.patient = patientCollection(this.plain);
    this.openings = new TurnOpeningWrites(turns, writer);
    this.pieces = new CheckpointPieces(checkpointModel);
    this.burials = new TurnBurials(this.plain, this.patient, this.pieces);
  }

  open(opening: TurnOpening, lease: Lease, writes: OpeningWrites = {}): Promise<OpenResult> {
    return this.openings.open(opening, lease, writes);
  }

  discard(turn: TurnKey): Promise<boolean> {
    return this.openings.discard(turn);
  }

  preclude(turn: TurnKey & Pick<TurnOpening, 'sessionId'>, expiresAt: Date): Promise<boolean> {
    return this.openings.preclude(turn, expiresAt);
  }

  lockForDeletion(opening: TurnOpening, lease: Lease): Promise<DeletionLock> {
    return this.openings.lockForDeletion(opening, lease);
  }

  lastDeletion(session: Pick<TurnOpening, 'userId' | 'sessionId'>): Promise<Date | undefined> {
    return this.burials.lastDeletion(session);
  }

  async noteTold({ id, userId }: TurnKey): Promise<boolean> {
    const { matchedCount } = await this.plain.updateOne(
      { _id: id, userId, status: 'running' },
      { $set: { isTold: true } },
    );
    return matchedCount === 1;
  }

  async releaseKey({ id, userId }: TurnKey): Promise<void> {
    await this.plain.updateOne({ _id: id, userId }, { $unset: { keyHash: 1 } });
  }

  bindKey(turn: TurnKey, keyHash: string): Promise<boolean> {
    return this.openings.bindKey(turn, keyHash);
  }

  async find(userId: string, turnId: string): Promise<TurnRecord | undefined> {
    return toOwnTurn(await this.plain.findOne({ _id: turnId, userId }));
  }

  async findByKey(userId: string, keyHash: string): Promise<TurnRecord | undefined> {
    return toRecord(await this.plain.findOne({ userId, keyHash }));
  }

  async findRepeated(userId: string, repeatHash: string, since: Date): Promise<TurnRecord | undefined> {
    const [latest = null] = await this.plain
      .find({ userId, repeatHash, startedAt: { $gte: since } })
      .sort({ userId: -1, repeatHash: -1, startedAt: -1 })
      .limit(1)
      .toArray();
    return toOwnTurn(latest);
  }

  async findRunning(userId: string, sessionIds: readonly string[]): Promise<readonly TurnRecord[]> {
    if (sessionIds.length === 0) return [];
    const running = await this.plain
      .find({ userId, sessionId: { $in: [...sessionIds] }, status: 'running' })
      .toArray();
    return running.flatMap((turn) => toOwnTurn(turn) ?? []);
  }

  async findOccupant(userId: string, sessionId: string): Promise<TurnRecord | undefined> {
    return toRecord(await this.plain.findOne({ userId, sessionId, status: 'running' }));
  }

  async listRunning(userId: string, limit: number): Promise<readonly TurnRecord[]> {
    const running = await this.plain.find({ userId, status: 'running' }).limit(limit).toArray();
    return running
      .flatMap((turn) => toOwnTurn(turn) ?? [])
      .sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  }

  async listWithoutMessages(
    userId: string,
    sessionId: string,
    places: BranchPath,
    limit: number,
  ): Promise<readonly TurnRecord[]> {
    const turns = await this.plain
      .find({ userId, sessionId, position: onPath(places), 'settlement.stores': false })
      .sort({ userId: 1, sessionId: 1, position: 1, _id: 1 })
      .limit(limit)
      .toArray();
    return turns.flatMap((turn) => toOwnTurn(turn) ?? []);
  }

  async pageWithoutMessages(
    userId: string,
    sessionId: string,
    limit: number,
    after?: TurnPlace,
  ): Promise<readonly TurnRecord[]> {
    const { id = '', position = 0 } = after ?? {};
    const turns = await this.patient
      .find({
        ...{ userId, sessionId, position: { $gte: position }, 'settlement.stores': false },
        $or: [{ position: { $gt: position } }, { position, _id: { $gt: id } }],
      })
      .sort({ userId: 1, sessionId: 1, position: 1, _id: 1 })
      .limit(limit)
      .toArray();
    return turns.flatMap((turn) => toOwnTurn(turn) ?? []);
  }

  appendCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    return this.pieces.append(checkpoints);
  }

  checkpoints(turn: TurnKey, fromSequence = 0): Promise<readonly StoredAnswer[]> {
    return this.pieces.of(turn, fromSequence);
  }

  dropCheckpoints(turn: TurnKey): Promise<void> {
    return this.pieces.drop(turn);
  }

  dropOrphanedCheckpoints(savedBefore: Date): Promise<number> {
    return this.pieces.dropOrphaned(this.patient, savedBefore);
  }

  async renewLeases(owner: string, turns: readonly TurnKey[], expiresAt: Date): Promise<ReadonlySet<string>> {
    const mine = { ...idsOf(turns), 'lease.owner': owner };
    const { matchedCount } = await this.patient.updateMany(mine, { $set: { 'lease.expiresAt': expiresAt } });
    if (matchedCount === turns.length) return new Set(turns.map(({ id }) => id));
    const left = await this.patient.find(mine, { projection: { _id: 1 } }).toArray();
    return new Set(left.map(({ _id }) => _id));
  }

  async takeOver(owner: string, expiredBefore: Date, expiresAt: Date): Promise<TurnRecord | undefined> {
    const taken = await this.patient.findOneAndUpdate(
      { status: 'running', 'lease.expiresAt': { $lt: expiredBefore }, 'lease.owner': { $ne: owner } },
      { $set: { 'lease.owner': owner, 'lease.expiresAt': expiresAt }, $inc: { 'lease.fence': 1 } },
      { returnDocument: 'after' },
    );
    return toRecord(taken);
  }

  async findTakenOver(owner: string): Promise<readonly TurnRecord[]> {
    const taken = await this.plain
      .find({ ...RUNNING, 'lease.owner': owner, 'lease.fence': { $gt: FIRST_FENCE } })
      .toArray();
    return taken.flatMap((turn) => toRecord(turn) ?? []);
  }

  async noteCut({ id, userId }: TurnKey, cutOff: boolean): Promise<void> {
    await this.plain.updateOne({ _id: id, userId }, { $set: { cutOff } });
  }

  async requestStop({ id, userId }: TurnKey, at: Date): Promise<void> {
    await this.plain.updateOne({ _id: id, userId, status: 'running' }, { $set: { stopRequested: { at } } });
  }

  async revokeRunning(userId: string, at: Date): Promise<void> {
    await this.plain.updateMany(
      { userId, status: 'running', kind: { $exists: false } },
      { $set: { stopRequested: { at, reason: 'access-revoked' as const } } },
    );
  }

  async findStopRequested(owner: string): ReturnType<TurnStore['findStopRequested']> {
    const wanted = await this.plain
      .find({ stopRequested: { $exists: true }, 'lease.owner': owner }, { projection: { stopRequested: 1 } })
      .toArray();
    return wanted.map(({ _id: id, stopRequested: { reason } = {} }) => ({
      id,
      ...(reason === undefined ? {} : { reason }),
    }));
  }

  async renewWatched(turns: readonly TurnKey[], until: Date): Promise<void> {
    await this.patient.updateMany({ ...idsOf(turns), status: 'running' }, { $max: { watchedUntil: until } });
  }

  unlock(lock: TurnRecord, tombstone?: Burial): Promise<void> {
    return this.burials.unlock(lock, tombstone);
  }

  bury(lock: TurnRecord, olderThan: string, when: Burial): Promise<readonly string[]> {
    return this.burials.bury(lock, olderThan, when);
  }

  async settle(
    turn: TurnRecord,
    settlement: Settlement,
    writes: readonly PlannedWrite[],
    ending: TurnEnding,
  ): Promise<boolean> {
    const owned = ownedBy(turn);
    const { id: turnId, userId } = turn;
    const result = await this.writer.write(
      [
        // The turn is there: only its owner may end it, and nothing else deletes a turn that was held.
        planGuardedUpdate(this.turns, owned, { $set: { settlement } }),
        ...writes,
        ...(mayHaveCheckpoints(turn, settlement)
          ? [planDeleteMany(this.checkpointModel, { userId, turnId })]
          : []),
        planGuardedUpdate(this.turns, owned, endOf(settlement, ending)),
      ],
      true,
    );
    return result.kind === 'done';
  }

  async decide(turn: TurnRecord, settlement: Settlement): Promise<boolean> {
    const { matchedCount } = await this.patient.updateOne(ownedBy(turn), { $set: { settlement } });
    return matchedCount === 1;
  }

  async finish(turn: TurnRecord, settlement: Settlement, ending: TurnEnding): Promise<boolean> {
    // Before the end, because nobody comes back to an ended turn; by now the decision holds the answer.
    if (mayHaveCheckpoints(turn, settlement)) await this.dropCheckpoints(turn);
    const { matchedCount } = await this.patient.updateOne(ownedBy(turn), endOf(settlement, ending));
    return matchedCount === 1;
  }
}

/** Each condition bounds the look-up to the users whose turns they are. */
function idsOf(turns: readonly TurnKey[]) {
  return {
    _id: { $in: turns.map(({ id }) => id) },
    userId: { $in: [...new Set(turns.map(({ userId }) => userId))] },
  };
}
