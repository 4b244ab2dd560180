import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize, type Document as BsonDocument } from 'bson';
import { decodeDocument } from '../../src/bson/decode.js';
import { encodeDocument } from '../../src/bson/encode.js';
import { Executor } from '../../src/server/executor.js';
import { SqliteStore } from '../../src/store/sqlite-store.js';

/** The embedded database without its sockets and thread: commands go straight to the executor. */
export interface EmbeddedEngine {
  readonly directory: string;
  readonly store: SqliteStore;
  /** Sends a command to the database `test` and gives the whole reply, also a refusal. BSON types keep their wrappers. */
  run(command: BsonDocument): BsonDocument;
  /** Like `run`, and throws the refusal. */
  ok(command: BsonDocument): BsonDocument;
  /** Inserts the documents into an emptied collection. */
  fill(collection: string, documents: readonly BsonDocument[]): void;
  /** All documents of a find. */
  find(collection: string, filter?: BsonDocument, options?: BsonDocument): BsonDocument[];
  aggregate(collection: string, pipeline: readonly BsonDocument[]): BsonDocument[];
  close(): void;
}

/** A refusal, as the driver would throw it. */
export class EngineError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly reply: BsonDocument,
  ) {
    super(message);
  }
}

export function openEngine(directory = mkdtempSync(join(tmpdir(), 'embedded-engine-'))): EmbeddedEngine {
  const store = new SqliteStore(join(directory, 'data.db'));
  const executor = new Executor(store);

  const run = (command: BsonDocument): BsonDocument => {
    let answer: BsonDocument = {};
    const body = decodeDocument(
      Buffer.from(
        serialize(
          { ...command, $db: (command.$db as string | undefined) ?? 'test' },
          { ignoreUndefined: true },
        ),
      ),
    );
    executor.submit({
      request: { requestId: 1, kind: 'message', body, wantsReply: true },
      answer: (reply) => {
        answer = deserialize(encodeDocument(reply), {
          promoteValues: false,
          promoteLongs: false,
          promoteBuffers: false,
        });
      },
    });
    executor.flush();
    return answer;
  };
  const ok = (command: BsonDocument): BsonDocument => {
    const reply = run(command);
    const [failure = reply] = (reply.writeErrors as BsonDocument[] | undefined) ?? [];
    if (Number(reply.ok) !== 1 || failure !== reply)
      throw new EngineError(Number(failure.code), String(failure.errmsg), reply);
    return reply;
  };
  const all = (command: BsonDocument): BsonDocument[] => {
    const { cursor } = ok(command) as { cursor: { firstBatch: BsonDocument[]; id: bigint } };
    if (String(cursor.id) !== '0') throw new Error('more than one batch: give a larger batchSize');
    return cursor.firstBatch;
  };
  return {
    directory,
    store,
    run,
    ok,
    fill: (collection, documents) => {
      ok({ drop: collection });
      if (documents.length > 0) ok({ insert: collection, documents });
    },
    find: (collection, filter = {}, options = {}) =>
      all({ find: collection, filter, batchSize: 1_000_000, ...options }),
    aggregate: (collection, pipeline) =>
      all({ aggregate: collection, pipeline, cursor: { batchSize: 1_000_000 } }),
    close: () => {
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
