import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import type { BranchPath } from '../../chat/records/branch-path.js';
import type { StoredAnswer } from '../../chat/records/stored-answer.js';
import {
  TurnStore,
  type Checkpoint,
  type DeletionLock,
  type OpeningWrites,
  type OpenResult,
  type TurnEnding,
  type TurnKey,
  type TurnPlace,
} from '../../chat/records/turn.store.port.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../chat/records/turn.js';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { inPieces } from '../in-pieces.js';
import { insertMissing } from '../insert-missing.js';
import { OrderedWriter, RefusedWrite } from '../ordered-writes/ordered-writer.port.js';
import { planDeleteMany, planGuardedUpdate, planInsert } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { dropOrphanedCheckpoints } from './orphaned-checkpoints.js';
import { onPath } from './path-filter.js';
import {
  RUNNING,
  endOf,
  intoTombstone,
  mayHaveCheckpoints,
  ownedBy,
  toOwnTurn,
  toRecord,
} from './turn-document.js';
import { CHECKPOINT_MODEL, TURN_MODEL, type CheckpointDocument, type TurnDocument } from './turn.schema.js';

/** A conflict can be gone when it is looked at; then opening is tried again, this often. */
const OPEN_ATTEMPTS = 3;

/** Turns whose words are taken from them by one command. */
const BURIED_PER_BATCH = 500;

/** Every change of owner raises it. */
const FIRST_FENCE = 1;

@Injectable()
export class MongooseTurnStore extends TurnStore {
  private readonly plain: mongo.Collection<TurnDocument>;
  /** For what no request waits for. */
  private readonly patient: mongo.Collection<TurnDocument>;
  private readonly plainPieces: mongo.Collection<CheckpointDocument>;

  constructor(
    @InjectModel(TURN_MODEL) private readonly turns: Model<TurnDocument>,
    @InjectModel(CHECKPOINT_MODEL) private readonly pieces: Model<CheckpointDocument>,
    private readonly writer: OrderedWriter,
  ) {
    super();
    this.plain = plainCollection(turns);
    this.patient = patientCollection(this.plain);
    this.plainPieces = patientCollection(plainCollection(pieces));
  }

  async open(opening: TurnOpening, lease: Lease, writes: OpeningWrites = {}): Promise<OpenResult> {
    const document = documentOf(opening, lease);
    for (let attempt = 1; ; attempt++) {
      try {
        return { kind: 'opened', ...(await this.insert(document, writes)) };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const conflict = await this.conflictOf(opening);
        if (conflict !== undefined) return conflict;
        if (attempt === OPEN_ATTEMPTS) throw error;
      }
    }
  }

  async discard({ id, userId }: TurnKey): Promise<boolean> {
    const absent = { $exists: false };
    const { deletedCount } = await this.plain.deleteOne({
      ...{ _id: id, userId, status: 'running' as const },
      ...{ settlement: absent, isTold: absent },
    });
    return deletedCount === 1;
  }

  async wasDeletedBehind(
    { userId, sessionId }: Pick<TurnOpening, 'userId' | 'sessionId'>,
    moment: Date,
  ): Promise<boolean> {
    // What `bury` leaves; a marker of `preclude` has no question.
    const buried = { userId, sessionId, question: '', deletedAt: { $gt: moment } };
    return (await this.patient.findOne(buried, { projection: { _id: 1 } })) !== null;
  }

  async noteTold({ id, userId }: TurnKey): Promise<boolean> {
    const { matchedCount } = await this.plain.updateOne(
      { _id: id, userId, status: 'running' },
      { $set: { isTold: true } },
    );
    return matchedCount === 1;
  }

  async preclude(
    { id, userId, sessionId }: TurnKey & Pick<TurnOpening, 'sessionId'>,
    expiresAt: Date,
  ): Promise<boolean> {
    // The opening is an insert under this id: it can no longer be made.
    const marker = {
      _id: id,
      tenantId: DEFAULT_TENANT,
      userId,
      sessionId,
      status: 'interrupted' as const,
      expiresAt,
      deletedAt: new Date(),
    };
    try {
      await this.patient.insertOne(marker as TurnDocument);
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  async releaseKey({ id, userId }: TurnKey): Promise<void> {
    await this.plain.updateOne({ _id: id, userId }, { $unset: { keyHash: 1 } });
  }

  async bindKey({ id, userId }: TurnKey, keyHash: string): Promise<boolean> {
    try {
      const bound = await this.plain.updateOne(
        { _id: id, userId, keyHash: { $exists: false } },
        { $set: { keyHash } },
      );
      return (
        bound.matchedCount === 1 || (await this.plain.countDocuments({ _id: id, userId, keyHash })) === 1
      );
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
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

  async appendCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    const createdAt = new Date();
    const documents = checkpoints.map(({ turnId, userId, sequence, part }) => ({
      _id: `${turnId}:${sequence}`,
      tenantId: DEFAULT_TENANT,
      userId,
      turnId,
      sequence,
      part,
      createdAt,
    }));
    await insertMissing(this.plainPieces, documents);
  }

  async checkpoints({ id, userId }: TurnKey, fromSequence = 0): Promise<readonly StoredAnswer[]> {
    const pieces = await this.plainPieces
      .find({ userId, turnId: id, sequence: { $gte: fromSequence } })
      .sort({ userId: 1, turnId: 1, sequence: 1 })
      .toArray();
    return pieces.map(({ part }) => part);
  }

  async dropCheckpoints({ id, userId }: TurnKey): Promise<void> {
    await this.plainPieces.deleteMany({ userId, turnId: id });
  }

  dropOrphanedCheckpoints(savedBefore: Date): Promise<number> {
    return dropOrphanedCheckpoints(this.patient, this.plainPieces, savedBefore);
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

  async lockForDeletion(opening: TurnOpening, lease: Lease): Promise<DeletionLock> {
    const document: TurnDocument = { ...documentOf(opening, lease), kind: 'deletion' };
    for (let attempt = 1; ; attempt++) {
      try {
        await this.plain.insertOne(document);
        return { kind: 'locked', lock: { status: 'running', kind: 'deletion', lease, ...opening } };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const conflict = await this.conflictOf(opening);
        if (conflict?.kind === 'busy') return conflict;
        if (attempt === OPEN_ATTEMPTS) throw error;
      }
    }
  }

  async unlock(lock: TurnRecord): Promise<void> {
    await this.plain.deleteOne({ ...ownedBy(lock), kind: 'deletion' });
  }

  async bury(
    { userId, sessionId }: TurnRecord,
    olderThan: string,
    { at, expiresAt }: { readonly at: Date; readonly expiresAt: Date },
  ): Promise<readonly string[]> {
    const before = { userId, sessionId, _id: { $lt: olderThan }, status: { $ne: 'running' as const } };
    const ids: string[] = [];
    for await (const piece of inPieces(this.patient, before, { projection: { _id: 1 } }))
      ids.push(...piece.map(({ _id }) => _id));
    for (let from = 0; from < ids.length; from += BURIED_PER_BATCH) {
      const batch = ids.slice(from, from + BURIED_PER_BATCH);
      await this.patient.updateMany({ ...before, _id: { $in: batch } }, intoTombstone(at, expiresAt));
      await this.plainPieces.deleteMany({ userId, turnId: { $in: batch } });
    }
    return ids;
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
        ...(mayHaveCheckpoints(turn, settlement) ? [planDeleteMany(this.pieces, { userId, turnId })] : []),
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

  /** @returns which of the writes were made too */
  private async insert(
    document: TurnDocument,
    { conversation, hold }: OpeningWrites,
  ): Promise<{ readonly held: boolean; readonly remembered: boolean }> {
    const writes = [conversation, hold].filter((write) => write !== undefined);
    if (writes.length > 0) {
      const result = await this.writer.write([planInsert(this.turns, { ...document }), ...writes]);
      if (result.kind === 'refused' && result.index === 0) throw new RefusedWrite(result.code);
      if (result.kind === 'refused') return { held: false, remembered: false };
      if (result.kind === 'done')
        return { held: hold !== undefined && result.matched === 1, remembered: conversation !== undefined };
    }
    await this.plain.insertOne(document);
    return { held: false, remembered: false };
  }

  private async conflictOf(opening: TurnOpening): Promise<OpenResult | undefined> {
    const { userId, sessionId, keyHash } = opening;
    if (keyHash !== undefined) {
      const turn = await this.findByKey(userId, keyHash);
      if (turn !== undefined) return { kind: 'duplicate', turn };
    }
    const busy = await this.findOccupant(userId, sessionId);
    return busy && { kind: 'busy', turn: busy };
  }
}

function documentOf({ id, ...fields }: TurnOpening, lease: Lease): TurnDocument {
  return { _id: id, ...fields, status: 'running', lease };
}

/** Each condition bounds the look-up to the users whose turns they are. */
function idsOf(turns: readonly TurnKey[]) {
  return {
    _id: { $in: turns.map(({ id }) => id) },
    userId: { $in: [...new Set(turns.map(({ userId }) => userId))] },
  };
}
