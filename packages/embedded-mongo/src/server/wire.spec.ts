import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Long, deserialize, serialize, type Document } from 'bson';
import { WireClient, messageOf } from '../../test/support/wire-client.js';
import { runEmbeddedDatabase } from '../run-embedded-database.js';
import type { WireServer } from './server.js';
import { MessageSplitter, encodeMessage } from './framing.js';

const MORE_TO_COME = 2;

/** The section of documents beside a body, without what comes before it in a message. */
const sequenceOf = (name: string, documents: readonly Uint8Array[]): Buffer =>
  encodeMessage(0, 0, Buffer.alloc(0), new Map([[name, documents]])).subarray(21);

describe('the wire', () => {
  let dataDir: string;
  let database: WireServer;
  let client: WireClient;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-wire-'));
    database = await runEmbeddedDatabase(dataDir);
    client = await WireClient.open(database.uri);
  });

  afterEach(async () => {
    client.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const run = (command: Document): Promise<Document> => client.command('test', command);
  const count = async (): Promise<number> => (await run({ find: 'c' })).cursor.firstBatch.length;
  const address = (): string => decodeURIComponent(database.uri.replace('mongodb://', '').replace(/\/$/, ''));

  it('answers the legacy greeting every driver begins with', async () => {
    const body = serialize({ ismaster: 1, helloOk: true, client: { driver: { name: 'x' } } });
    const message = Buffer.concat([
      Buffer.alloc(20),
      Buffer.from('admin.$cmd\0'),
      Buffer.alloc(4),
      Buffer.from([255, 255, 255, 255]),
      body,
    ]);
    message.writeInt32LE(message.length, 0);
    message.writeInt32LE(7, 4);
    message.writeInt32LE(2004, 12);
    const socket = connect(address());
    socket.write(message);
    const [reply] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect([reply.readInt32LE(8), reply.readInt32LE(12)]).toEqual([7, 1]);
    expect(deserialize(reply.subarray(36))).toMatchObject({
      ok: 1,
      helloOk: true,
      ismaster: true,
      maxWireVersion: 25,
      logicalSessionTimeoutMinutes: 30,
    });
    expect(deserialize(reply.subarray(36))).not.toHaveProperty('topologyVersion');
  });

  it.each([
    ['in the body and beside it', { insert: 'c', documents: [{ _id: 1 }], $db: 'test' }, ['documents']],
    ['twice beside the body', { insert: 'c', $db: 'test' }, ['documents', 'documents']],
    ["as the command's own name", { insert: 'c', documents: [{ _id: 1 }], $db: 'test' }, ['insert']],
  ])('refuses a field that comes %s', async (_, body, names) => {
    const sequences = names.map((name) => sequenceOf(name, [serialize({ _id: 2 })]));
    const reply = await client.ask(Buffer.concat([serialize(body), ...sequences]));
    expect(reply).toMatchObject({ ok: 0, code: 2 });
    expect(await count()).toBe(0);
  });

  it('does not answer a request that wants no answer, and does what it says', async () => {
    client.raw(
      messageOf(
        900,
        serialize({ insert: 'c', documents: [{ _id: 1 }], $db: 'test', writeConcern: { w: 0 } }),
        MORE_TO_COME,
      ),
    );
    expect(await count()).toBe(1);
  });

  it.each([
    ['an impossible length', Buffer.from([1, 0, 0, 0])],
    ['an unknown opcode', Buffer.from([16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0])],
    ['flags that must be understood', messageOf(1, serialize({ ping: 1, $db: 'test' }), 4)],
    ['a checksum, which no driver sends', messageOf(1, serialize({ ping: 1, $db: 'test' }), 1)],
    [
      'a body that is cut off',
      Buffer.from([26, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 221, 7, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0]),
    ],
  ])('closes the connection on %s and goes on with the others', async (_, bytes) => {
    const bad = await WireClient.open(database.uri);
    bad.raw(bytes);
    await expect(bad.command('test', { ping: 1 })).rejects.toThrow('connection lost');
    expect(await run({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('cuts a stream into messages wherever it is split', () => {
    const messages = [messageOf(1, serialize({ a: 1 })), messageOf(2, serialize({ b: 'x'.repeat(50) }))];
    const stream = Buffer.concat(messages);
    for (let at = 0; at <= stream.length; at++) {
      const splitter = new MessageSplitter();
      const seen = [...splitter.push(stream.subarray(0, at)), ...splitter.push(stream.subarray(at))];
      expect(seen).toEqual(messages);
    }
  });

  it('gives results in batches and forgets a cursor that is exhausted or killed', async () => {
    await run({ insert: 'c', documents: Array.from({ length: 250 }, (_, _id) => ({ _id })) });
    const { cursor } = await run({ find: 'c' });
    expect(cursor.firstBatch).toHaveLength(101);
    const second = await run({
      getMore: Long.fromBigInt(BigInt(cursor.id)),
      collection: 'c',
      batchSize: 100,
    });
    expect(second.cursor.nextBatch).toHaveLength(100);
    const third = await run({ getMore: Long.fromBigInt(BigInt(cursor.id)), collection: 'c' });
    expect(third.cursor).toMatchObject({ id: 0 });
    expect(third.cursor.nextBatch).toHaveLength(49);
    expect(await run({ getMore: Long.fromBigInt(BigInt(cursor.id)), collection: 'c' })).toMatchObject({
      ok: 0,
      code: 43,
      codeName: 'CursorNotFound',
    });
  });

  it('keeps batches below 16 MB', async () => {
    for (let _id = 0; _id < 5; _id++)
      await run({ insert: 'c', documents: [{ _id, text: 'x'.repeat(6_000_000) }] });
    const { cursor } = await run({ find: 'c' });
    expect(cursor.firstBatch).toHaveLength(2);
  });

  it.each<[string, Document, number]>([
    ['an unknown command', { mapReduce: 'c' }, 115],
    ['an unknown option', { find: 'c', foo: 1 }, 115],
    [
      'an unknown option of a statement',
      { update: 'c', updates: [{ q: {}, u: { $set: { a: 1 } }, foo: 1 }] },
      115,
    ],
    ['a collation', { find: 'c', collation: { locale: 'de' } }, 115],
    ['a capped collection', { create: 'x', capped: true, size: 1000 }, 115],
    ['a tailable cursor', { find: 'c', tailable: true }, 115],
    ['a text index', { createIndexes: 'c', indexes: [{ key: { a: 'text' }, name: 'a' }] }, 115],
    ['a wildcard index', { createIndexes: 'c', indexes: [{ key: { '$**': 1 }, name: 'a' }] }, 115],
    ['a replica acknowledgement', { insert: 'c', documents: [{}], writeConcern: { w: 2 } }, 115],
    [
      'a transaction',
      { insert: 'c', documents: [{}], txnNumber: 1, startTransaction: true, autocommit: false },
      115,
    ],
    ['authentication', { saslStart: 1, mechanism: 'PLAIN' }, 115],
    ['an empty batch', { insert: 'c', documents: [] }, 72],
    ['a wrong type', { find: 'c', filter: 1 }, 14],
    ['a bad name', { insert: 'a$b', documents: [{}] }, 73],
    ['a missing index', { dropIndexes: 'c', index: 'none' }, 27],
    [
      'an index of another name',
      {
        createIndexes: 'c',
        indexes: [
          { key: { _id: 1, a: 1 }, name: 'one' },
          { key: { _id: 1, a: 1 }, name: 'two' },
        ],
      },
      85,
    ],
  ])('refuses %s', async (_, command, code) => {
    await run({ create: 'c' });
    const reply = await run(command);
    const refused = reply.ok === 0 ? reply : reply.writeErrors[0];
    expect(refused).toMatchObject({ code });
    if (code === 115) expect(refused.errmsg).toMatch(/MONGODB_URI/);
    expect(await count()).toBe(0);
    expect((await run({ listIndexes: 'c' })).cursor.firstBatch).toHaveLength(1);
  });
});
