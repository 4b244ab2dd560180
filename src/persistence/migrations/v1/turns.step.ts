import { createHash } from 'node:crypto';
import { batches, writeAll } from '../batches.js';
import type { MigrationContext, MigrationStep } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT, textOf } from './records.js';
import { placesOf } from './turn-places.js';

/** Questions and answers are not looked at. */
const TURN_FIELDS = {
  userId: 1,
  sessionId: 1,
  userMessageId: 1,
  idempotencyKey: 1,
  startedAt: 1,
  status: 1,
  'settlement.endedAt': 1,
} as const;

export const TURNS_STEP: MigrationStep = {
  name: 'turns',
  describe:
    'turns name user and account by own ids, their place in the session, and when their record may go',
  count: (context) => countLeft(context, 'turns'),
  run: async (context) => {
    for await (const turns of batches(context, 'turns', NOT_DONE, TURN_FIELDS)) {
      const owners = await ownersOf(
        context,
        turns.map((turn) => textOf(turn, 'userId')),
      );
      const placed = await placesOf(context, turns, owners);
      const operations = turns.map((turn) => ({
        updateOne: {
          filter: { _id: turn._id },
          update: {
            $set: {
              tenantId: TENANT,
              ...found(owners, textOf(turn, 'userId')),
              position: found(placed, turn._id),
              ...hashedKey(turn),
              ...retention(context, turn),
            },
            $unset: { idempotencyKey: 1 as const },
          },
        },
      }));
      await writeAll(context, 'turns', operations);
    }
  },
};

export const CHECKPOINTS_STEP: MigrationStep = {
  name: 'checkpoints',
  describe: 'pieces of answers name their user',
  count: (context) => countLeft(context, 'turn_checkpoints'),
  run: async (context) => {
    for await (const pieces of batches(context, 'turn_checkpoints', NOT_DONE, { turnId: 1 })) {
      const turns = await rawCollection(context.db, 'turns')
        .find(
          { _id: { $in: [...new Set(pieces.map((piece) => textOf(piece, 'turnId')))] } },
          { projection: { userId: 1 } },
        )
        .toArray();
      const userOf = new Map(turns.map((turn) => [turn._id, textOf(turn, 'userId')]));
      const operations = pieces.map((piece) => {
        const userId = userOf.get(textOf(piece, 'turnId'));
        // An owner that was fenced out may have left a piece of a turn that is no more; its age removes it.
        const update = { $set: { tenantId: TENANT, ...(userId === undefined ? {} : { userId }) } };
        return { updateOne: { filter: { _id: piece._id }, update } };
      });
      await writeAll(context, 'turn_checkpoints', operations);
    }
  },
};

function hashedKey({ idempotencyKey }: RawRecord): { keyHash?: string } {
  if (typeof idempotencyKey !== 'string') return {};
  return { keyHash: createHash('sha256').update(idempotencyKey).digest('base64url') };
}

/** Records that were kept for ever go when the new retention has passed, counted from now. */
function retention({ startedAt, settings }: MigrationContext, turn: RawRecord): { expiresAt?: Date } {
  if (turn.status === 'running') return {};
  const { endedAt } = (turn.settlement ?? {}) as { endedAt?: Date };
  const from = Math.max(startedAt.getTime(), endedAt?.getTime() ?? 0);
  return { expiresAt: new Date(from + settings.turnRetentionMs) };
}
