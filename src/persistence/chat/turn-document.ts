import { FIRST_CHECKPOINT_AFTER_MS, type TurnEnding } from '../../chat/records/turn.store.port.js';
import type { Settlement, TurnRecord } from '../../chat/records/turn.js';
import type { TurnDocument } from './turn.schema.js';

/** All turns that run. Each has a lease: with that the index of those alone is used, without it every turn would be looked at that there is. */
export const RUNNING = { status: 'running' as const, 'lease.expiresAt': { $gt: new Date(0) } };

/** A running turn as long as it is its owner's. */
export function ownedBy({ id, userId, lease }: Pick<TurnRecord, 'id' | 'userId' | 'lease'>) {
  return { _id: id, userId, status: 'running' as const, 'lease.fence': lease?.fence ?? 0 };
}

/** The update that ends a turn. Where messages hold the answer, the record need not. */
export function endOf(settlement: Settlement, { charged, position, parentId, expiresAt }: TurnEnding) {
  const { answer, ...kept } = settlement;
  const stored = settlement.stores || answer === undefined ? kept : { ...kept, answer };
  return {
    $set: {
      status: kept.outcome,
      settlement: stored,
      charged,
      position,
      ...(parentId === undefined ? {} : { parentId }),
      expiresAt,
    },
    $unset: { lease: 1 as const, watchedUntil: 1 as const, stopRequested: 1 as const },
  };
}

/** What is left are ids, hashes of keys and answers, prices and outcomes. */
export function intoTombstone(deletedAt: Date, expiresAt: Date) {
  return {
    $set: { question: '', expiresAt },
    // One who has stalled may repeat an older deletion.
    $max: { deletedAt },
    $unset: {
      'settlement.answer': 1 as const,
      'settlement.asks': 1 as const,
      // An upstream's error may say what it was asked.
      'settlement.error': 1 as const,
      requestHash: 1 as const,
      repeatHash: 1 as const,
      continues: 1 as const,
      attachments: 1 as const,
    },
  };
}

export function mayHaveCheckpoints({ startedAt }: TurnRecord, { endedAt }: Settlement): boolean {
  return endedAt.getTime() - startedAt.getTime() >= FIRST_CHECKPOINT_AFTER_MS;
}

export function toRecord(document: TurnDocument | null): TurnRecord | undefined {
  if (document === null) return undefined;
  const { _id, expiresAt: _, ...fields } = document;
  return { id: _id, ...fields };
}

/** As its user may see it. */
export function toOwnTurn(document: TurnDocument | null): TurnRecord | undefined {
  const turn = toRecord(document);
  return turn?.kind === undefined && turn?.deletedAt === undefined ? turn : undefined;
}
