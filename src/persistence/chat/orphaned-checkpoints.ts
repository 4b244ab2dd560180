import type { mongo } from 'mongoose';
import type { CheckpointDocument, TurnDocument } from './turn.schema.js';

const PIECES_PER_BATCH = 1000;

type Finding = Pick<mongo.Collection<TurnDocument>, 'find'>;
type Pieces = Pick<mongo.Collection<CheckpointDocument>, 'find' | 'deleteMany'>;

/**
 * Drops checkpoints whose turn does not run. By id, which no two of them share as they may their time; there are never many.
 * @returns how many
 */
export async function dropOrphanedCheckpoints(
  turns: Finding,
  pieces: Pieces,
  savedBefore: Date,
): Promise<number> {
  let dropped = 0;
  let from = '';
  for (;;) {
    const found = await pieces
      .find({ _id: { $gt: from }, createdAt: { $lt: savedBefore } }, { projection: { userId: 1, turnId: 1 } })
      .sort({ _id: 1 })
      .limit(PIECES_PER_BATCH)
      .toArray();
    const last = found.at(-1);
    if (last === undefined) return dropped;
    const users = [...new Set(found.map(({ userId }) => userId))];
    const ids = [...new Set(found.map(({ turnId }) => turnId))];
    const running = await turns
      .find({ _id: { $in: ids }, userId: { $in: users }, status: 'running' }, { projection: { _id: 1 } })
      .toArray();
    const wanted = new Set(running.map(({ _id }) => _id));
    const orphans = found.filter(({ turnId }) => !wanted.has(turnId)).map(({ _id }) => _id);
    if (orphans.length > 0)
      dropped += (await pieces.deleteMany({ _id: { $in: orphans }, userId: { $in: users } })).deletedCount;
    if (found.length < PIECES_PER_BATCH) return dropped;
    from = last._id;
  }
}
