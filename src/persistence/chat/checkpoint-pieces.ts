import type { Model, mongo } from 'mongoose';
import type { StoredAnswer } from '../../chat/records/stored-answer.js';
import type { Checkpoint, TurnKey } from '../../chat/records/turn.store.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { insertMissing } from '../insert-missing.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { dropOrphanedCheckpoints } from './orphaned-checkpoints.js';
import type { CheckpointDocument, TurnDocument } from './turn.schema.js';

/** The pieces of answers that are saved while their turns run. */
export class CheckpointPieces {
  private readonly pieces: mongo.Collection<CheckpointDocument>;

  constructor(model: Model<CheckpointDocument>) {
    this.pieces = patientCollection(plainCollection(model));
  }

  /** The same piece twice has no effect. */
  async append(checkpoints: readonly Checkpoint[]): Promise<void> {
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
    await insertMissing(this.pieces, documents);
  }

  /** In order, from a sequence on. */
  async of({ id, userId }: TurnKey, fromSequence: number): Promise<readonly StoredAnswer[]> {
    const pieces = await this.pieces
      .find({ userId, turnId: id, sequence: { $gte: fromSequence } })
      .sort({ userId: 1, turnId: 1, sequence: 1 })
      .toArray();
    return pieces.map(({ part }) => part);
  }

  async drop({ id, userId }: TurnKey): Promise<void> {
    await this.pieces.deleteMany({ userId, turnId: id });
  }

  /** Of several turns of a user. */
  async dropAll(userId: string, turnIds: readonly string[]): Promise<void> {
    await this.pieces.deleteMany({ userId, turnId: { $in: [...turnIds] } });
  }

  /** Of turns that do not run. @returns how many */
  dropOrphaned(turns: Pick<mongo.Collection<TurnDocument>, 'find'>, savedBefore: Date): Promise<number> {
    return dropOrphanedCheckpoints(turns, this.pieces, savedBefore);
  }
}
