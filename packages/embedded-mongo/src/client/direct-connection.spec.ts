import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize, type Document } from 'bson';
import { runEmbeddedDatabase } from '../run-embedded-database.js';
import type { WireServer } from '../server/server.js';
import { encodeMessage } from '../server/framing.js';
import { DirectConnection } from './direct-connection.js';

describe('DirectConnection', () => {
  let dataDir: string;
  let database: WireServer;
  let connection: DirectConnection;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-direct-'));
    database = await runEmbeddedDatabase(dataDir);
    connection = new DirectConnection(database.address);
  });
  afterEach(async () => {
    connection.close();
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const insert = (id: number) => ({ insert: 'c', documents: [{ _id: id, none: undefined }], $db: 'd' });
  const all = async () => {
    const { cursor } = await connection.run({ find: 'c', filter: {}, sort: { _id: 1 }, $db: 'd' });
    return (cursor as { firstBatch: unknown[] }).firstBatch;
  };

  it('runs commands in their order and gives each its own reply', async () => {
    const ids = Array.from({ length: 50 }, (_, id) => id);
    const commands = ids.flatMap((id) => [insert(id), { find: 'c', batchSize: 100_000, $db: 'd' }]);
    const replies = await Promise.all(commands.map((command) => connection.run(command)));
    const seen = (reply: Document): number =>
      (reply.n as number | undefined) ?? (reply.cursor as { firstBatch: unknown[] }).firstBatch.length;
    expect(replies.map(seen)).toEqual(ids.flatMap((id) => [1, id + 1]));
    expect(await all()).toEqual(ids.map((_id) => ({ _id })));
  });

  it('gives back a refusal as a reply', async () => {
    expect(await connection.run({ nothing: 1, $db: 'd' })).toMatchObject({ ok: 0, code: 115 });
  });

  it('fails what is under way when the connection is lost, and connects again for the next command', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const lost = new DirectConnection({ host: '127.0.0.1', port });
    const both = Promise.allSettled([lost.run(insert(1)), lost.run(insert(2))]);
    await once(silent, 'connection');
    sockets[0]?.destroy();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    const malformed = lost.run(insert(3));
    await once(silent, 'connection');
    sockets[1]?.write(Buffer.alloc(16));
    await expect(malformed).rejects.toMatchObject({
      cause: { message: expect.stringContaining('message length 0') as string },
    });

    const unreadable = lost.run(insert(4));
    await once(silent, 'connection');
    sockets[2]?.write(encodeMessage(1, 4, Buffer.from([6, 0, 0, 0, 99, 0])));
    await expect(unreadable).rejects.toThrow();
    silent.close();
  });

  it('is told when nobody listens', async () => {
    const nowhere = new DirectConnection({ path: join(dataDir, 'none.sock') });
    await expect(nowhere.run(insert(1))).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
  });

  it('refuses a command that no message can hold, and goes on', async () => {
    const documents = ['a', 'b', 'c', 'd'].map((_id) => ({ _id, text: 'x'.repeat(13_000_000) }));
    await expect(connection.run({ insert: 'c', documents, $db: 'd' })).rejects.toThrow('out of range');
    expect(await connection.run(insert(1))).toMatchObject({ ok: 1, n: 1 });
  });

  it('runs a command that is larger than any document, and leaves bson as it was', async () => {
    const texts = ['a', 'é', 'c'].map((letter) => letter.repeat(13_000_000 / Buffer.byteLength(letter)));
    const documents = texts.map((text, _id) => ({ _id, none: undefined, text }));
    expect(await connection.run({ insert: 'c', documents, $db: 'd' })).toMatchObject({ ok: 1, n: 3 });
    for (const document of documents) {
      const { cursor } = await connection.run({ find: 'c', filter: { _id: document._id }, $db: 'd' });
      const [stored] = (cursor as { firstBatch: { text: string; none?: unknown }[] }).firstBatch;
      expect(stored?.text === document.text).toBe(true);
      expect(stored).not.toHaveProperty('none');
    }
    // What does not fit into its buffer is cut off at that buffer's end.
    expect(serialize({ text: 'x'.repeat(20_000_000) }).length).toBeLessThan(18_000_000);
  });

  it.each(['x', 'é'])('refuses a document that bson would cut off in a text of %s', async (letter) => {
    const text = letter.repeat(20_000_000 / Buffer.byteLength(letter));
    const command = { insert: 'c', documents: [{ _id: 1, text }], $db: 'd' };
    await expect(connection.run(command)).rejects.toThrow('out of range');
    expect(await all()).toEqual([]);
  });

  it('takes nothing more when it was closed', async () => {
    const running = connection.run(insert(1));
    connection.close();
    await expect(running).rejects.toThrow('lost');
    await expect(connection.run(insert(2))).rejects.toThrow('closed');
  });
});
