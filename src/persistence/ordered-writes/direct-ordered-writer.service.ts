import type { DirectConnection } from '@tollgate/embedded-mongo';
import { mongo } from 'mongoose';
import type { PlannedWrite } from '../../platform/planned-write.js';
import { OrderedWriter, type OrderedResult } from './ordered-writer.port.js';
import { writeModels, type WriteModel } from './planned-writes.js';

interface BulkWriteReply {
  readonly ok: number;
  readonly code?: number;
  readonly errmsg?: string;
  readonly cursor: { readonly firstBatch: readonly { readonly idx: number; readonly code: number }[] };
  readonly nMatched: number;
  readonly nUpserted: number;
}

/**
 * Straight to the embedded database. Every turn makes two such commands, one of them before its first token; the driver's way there costs
 * more than the database's work.
 */
export class DirectOrderedWriter extends OrderedWriter {
  constructor(private readonly connection: Pick<DirectConnection, 'run'>) {
    super();
  }

  async write(writes: readonly PlannedWrite[]): Promise<OrderedResult> {
    const reply = (await this.connection.run(toCommand(writeModels(writes)))) as BulkWriteReply;
    if (reply.ok !== 1) throw new mongo.MongoServerError({ ...reply, message: reply.errmsg });
    const [refused] = reply.cursor.firstBatch;
    return refused === undefined
      ? { kind: 'done', matched: reply.nMatched, upserted: reply.nUpserted }
      : { kind: 'refused', index: refused.idx, code: refused.code };
  }
}

/** @see https://www.mongodb.com/docs/manual/reference/command/bulkWrite/ */
function toCommand(writes: readonly WriteModel[]) {
  const namespaces: string[] = [];
  const ops = writes.map((write) => {
    const known = namespaces.indexOf(write.namespace);
    return toOperation(write, known < 0 ? namespaces.push(write.namespace) - 1 : known);
  });
  return {
    bulkWrite: 1,
    ops,
    nsInfo: namespaces.map((ns) => ({ ns })),
    ordered: true,
    errorsOnly: true,
    $db: 'admin',
  };
}

/** Of the kinds that are planned. */
function toOperation(write: WriteModel, namespace: number): object {
  switch (write.name) {
    case 'insertOne':
      return { insert: namespace, document: write.document };
    case 'updateOne':
      return {
        update: namespace,
        filter: write.filter,
        updateMods: write.update,
        multi: false,
        upsert: write.upsert ?? false,
      };
    case 'updateMany':
      return { update: namespace, filter: write.filter, updateMods: write.update, multi: true };
    case 'deleteMany':
      return { delete: namespace, filter: write.filter, multi: true };
    default:
      throw new Error(`No write of the kind ${write.name} is planned`);
  }
}
