import type { Model, mongo } from 'mongoose';
import type { DeletionLock, OpeningWrites, OpenResult, TurnKey } from '../../chat/records/turn.store.port.js';
import type { Lease, TurnOpening } from '../../chat/records/turn.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { RefusedWrite, type OrderedWriter } from '../ordered-writes/ordered-writer.port.js';
import { planInsert } from '../ordered-writes/planned-writes.js';
import { plainCollection } from '../plain-collection.js';
import { patientCollection } from '../waits/bounded-collection.js';
import { toRecord } from './turn-document.js';
import type { TurnDocument } from './turn.schema.js';

/** A conflict can be gone when it is looked at; then opening is tried again, this often. */
const OPEN_ATTEMPTS = 3;

/** How a turn, or what takes the place of one, comes into the records, and goes again where it never began. As `TurnStore` says. */
export class TurnOpeningWrites {
  private readonly plain: mongo.Collection<TurnDocument>;
  /** For what no request waits for. */
  private readonly patient: mongo.Collection<TurnDocument>;

  constructor(
    private readonly turns: Model<TurnDocument>,
    private readonly writer: OrderedWriter,
  ) {
    this.plain = plainCollection(turns);
    this.patient = patientCollection(this.plain);
  }

  async open(opening: TurnOpening, lease: Lease, writes: OpeningWrites): Promise<OpenResult> {
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

  async discard({ id, userId }: TurnKey): Promise<boolean> {
    const absent = { $exists: false };
    const { deletedCount } = await this.plain.deleteOne({
      ...{ _id: id, userId, status: 'running' as const },
      ...{ settlement: absent, isTold: absent },
    });
    return deletedCount === 1;
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
      const turn = toRecord(await this.plain.findOne({ userId, keyHash }));
      if (turn !== undefined) return { kind: 'duplicate', turn };
    }
    const busy = toRecord(await this.plain.findOne({ userId, sessionId, status: 'running' }));
    return busy && { kind: 'busy', turn: busy };
  }
}

function documentOf({ id, ...fields }: TurnOpening, lease: Lease): TurnDocument {
  return { _id: id, ...fields, status: 'running', lease };
}
