import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';
import { WireClient } from '../../test/support/wire-client.js';
import { runEmbeddedDatabase } from '../run-embedded-database.js';

describe('where the database listens', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'embedded-server-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  const isAnswered = async (uri: string): Promise<boolean> => {
    const client = await WireClient.open(uri);
    const reply = await client.command('test', { ping: 1 });
    client.close();
    return reply.ok === 1;
  };

  it('is a socket in its directory that only its user may open, and that goes with it', async () => {
    const dataDir = join(root, 'data');
    const database = await runEmbeddedDatabase(dataDir);
    const socket = join(dataDir, 'db.sock');
    expect(database.address).toEqual({ path: socket });
    expect([dataDir, socket].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    expect(await isAnswered(database.uri)).toBe(true);
    await database.close();
    expect(existsSync(socket)).toBe(false);
  });

  it('is not taken by what a killed process, or anybody else, has left there', async () => {
    const killed = await startEmbeddedProcess(root);
    await killed.kill('SIGKILL');
    expect(existsSync(join(root, 'db.sock'))).toBe(true);
    const next = await runEmbeddedDatabase(root);
    expect(await isAnswered(next.uri)).toBe(true);
    await next.close();
    writeFileSync(join(root, 'db.sock'), 'no socket');
    const third = await runEmbeddedDatabase(root);
    expect(await isAnswered(third.uri)).toBe(true);
    await third.close();
  });

  it('is a port of this machine where the path is too long for a socket', async () => {
    const database = await runEmbeddedDatabase(join(root, 'x'.repeat(120)));
    expect(database.uri).toMatch(/^mongodb:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await isAnswered(database.uri)).toBe(true);
    await database.close();
  });
});
