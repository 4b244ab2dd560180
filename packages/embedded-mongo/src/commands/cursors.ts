import { randomBytes } from 'node:crypto';
import { CommandError } from '../errors.js';
import { RawDocument, documentOf, type Document } from '../bson/values.js';

/** A batch ends before its documents exceed this, so that a reply stays below the wire's limit. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
export const DEFAULT_FIRST_BATCH = 101;
const IDLE_TIMEOUT_MS = 10 * 60 * 1000;

interface OpenCursor {
  readonly namespace: string;
  readonly items: Iterator<Buffer>;
  /** Read ahead to know whether there is more. */
  pending: Buffer | undefined;
  lastUsed: number;
}

/** The results that clients have not fetched completely. */
export class Cursors {
  private readonly open = new Map<bigint, OpenCursor>();

  /** Answers the first batch and keeps the rest for getMore, unless `single`. */
  first(
    namespace: string,
    items: Iterator<Buffer>,
    batchSize = DEFAULT_FIRST_BATCH,
    single = false,
  ): Document {
    this.closeIdle();
    const cursor: OpenCursor = { namespace, items, pending: undefined, lastUsed: Date.now() };
    const batch = batchSize === 0 ? { documents: [], more: true } : fill(cursor, batchSize);
    let id = 0n;
    if (batch.more && !single) {
      do id = randomBytes(8).readBigUInt64LE() >> 1n;
      while (id === 0n || this.open.has(id));
      this.open.set(id, cursor);
    }
    return reply('firstBatch', batch.documents, id, namespace);
  }

  /** @throws CommandError 43 when the cursor is unknown or was closed */
  next(id: bigint, namespace: string, batchSize = Infinity): Document {
    const cursor = this.open.get(id);
    if (!cursor) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      throw new CommandError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    }
    cursor.lastUsed = Date.now();
    try {
      const batch = fill(cursor, batchSize === 0 ? Infinity : batchSize);
      if (!batch.more) this.open.delete(id);
      return reply('nextBatch', batch.documents, batch.more ? id : 0n, namespace);
    } catch (error) {
      this.open.delete(id);
      throw error;
    }
  }

  /** Returns whether the cursor was open. */
  kill(id: bigint): boolean {
    return this.open.delete(id);
  }

  get size(): number {
    return this.open.size;
  }

  private closeIdle(): void {
    const oldest = Date.now() - IDLE_TIMEOUT_MS;
    for (const [id, cursor] of this.open) if (cursor.lastUsed < oldest) this.open.delete(id);
  }
}

function fill(cursor: OpenCursor, batchSize: number): { documents: RawDocument[]; more: boolean } {
  const documents: RawDocument[] = [];
  let size = 0;
  for (;;) {
    const next = cursor.pending ?? nextOf(cursor.items);
    cursor.pending = next;
    if (next === undefined) return { documents, more: false };
    if (documents.length >= batchSize || (documents.length > 0 && size + next.length > MAX_BATCH_BYTES))
      return { documents, more: true };
    documents.push(new RawDocument(next));
    size += next.length;
    cursor.pending = undefined;
  }
}

function nextOf(items: Iterator<Buffer>): Buffer | undefined {
  const result = items.next();
  return result.done ? undefined : result.value;
}

function reply(name: string, documents: RawDocument[], id: bigint, namespace: string): Document {
  return documentOf({ cursor: documentOf({ [name]: documents, id, ns: namespace }) });
}
