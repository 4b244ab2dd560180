import type { mongo } from 'mongoose';
import type { Burial } from '../../chat/records/turn.store.port.js';
import type { TurnOpening, TurnRecord } from '../../chat/records/turn.js';
import { inPieces } from '../in-pieces.js';
import type { CheckpointPieces } from './checkpoint-pieces.js';
import { intoTombstone, ownedBy } from './turn-document.js';
import type { TurnDocument } from './turn.schema.js';

/** Turns whose words are taken from them by one command. */
const BURIED_PER_BATCH = 500;

/** What the deletion of a session does to its turns. As `TurnStore` says. */
export class TurnBurials {
  /** @param patient for what no request waits for */
  constructor(
    private readonly plain: mongo.Collection<TurnDocument>,
    private readonly patient: mongo.Collection<TurnDocument>,
    private readonly pieces: CheckpointPieces,
  ) {}

  async bury(
    { userId, sessionId }: TurnRecord,
    olderThan: string,
    { at, expiresAt }: Burial,
  ): Promise<readonly string[]> {
    const before = { userId, sessionId, _id: { $lt: olderThan }, status: { $ne: 'running' as const } };
    const ids: string[] = [];
    for await (const piece of inPieces(this.patient, before, { projection: { _id: 1 } }))
      ids.push(...piece.map(({ _id }) => _id));
    for (let from = 0; from < ids.length; from += BURIED_PER_BATCH) {
      const batch = ids.slice(from, from + BURIED_PER_BATCH);
      await this.patient.updateMany({ ...before, _id: { $in: batch } }, intoTombstone(at, expiresAt));
      await this.pieces.dropAll(userId, batch);
    }
    return ids;
  }

  async unlock(lock: TurnRecord, tombstone?: Burial): Promise<void> {
    const mine = { ...ownedBy(lock), kind: 'deletion' as const };
    if (tombstone === undefined) await this.plain.deleteOne(mine);
    else {
      const { at, expiresAt } = tombstone;
      const left = { status: 'interrupted' as const, deletedAt: at, expiresAt };
      await this.plain.updateOne(mine, { $set: left, $unset: { lease: 1 } });
    }
  }

  async lastDeletion({
    userId,
    sessionId,
  }: Pick<TurnOpening, 'userId' | 'sessionId'>): Promise<Date | undefined> {
    // What a deletion leaves is older than all that was asked behind it, and is dated anew by the next one: the oldest tells. One that runs is no answer.
    // The marker of a turn that was precluded has no question.
    const oldest = await this.plain.findOne(
      { userId, sessionId, status: { $ne: 'running' }, question: { $exists: true } },
      { sort: { userId: 1, sessionId: 1, _id: 1 }, projection: { question: 1, deletedAt: 1 } },
    );
    return oldest?.question === '' ? oldest.deletedAt : undefined;
  }
}
