import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../test/support/embedded-engine.js';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';
import { WireClient } from '../../test/support/wire-client.js';
import { openStore } from '../run-embedded-database.js';
import { workerEntry } from '../worker-entry.js';

const BEFORE = 300;

describe('a backup', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'embedded-backup-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const command = (): string => join(dirname(fileURLToPath(workerEntry())), 'cli', 'backup.js');
  const run = (...options: string[]) =>
    spawnSync(process.execPath, [command(), ...options], { encoding: 'utf8', cwd: directory });
  const idsIn = (file: string): number[] => {
    const restored = mkdtempSync(join(directory, 'restored-'));
    copyFileSync(file, join(restored, 'data.db'));
    openStore(restored).close();
    const engine = openEngine(restored);
    try {
      return engine.find('items').map(({ _id }) => Number(_id));
    } finally {
      engine.store.close();
    }
  };

  it('of a running server that writes holds everything acknowledged before, and a whole beginning of the rest', async () => {
    const data = join(directory, 'data');
    const out = join(directory, 'copy.db');
    const database = await startEmbeddedProcess(data);
    const client = await WireClient.open(database.uri);
    let written = 0;
    const insert = () =>
      client.command('test', { insert: 'items', documents: [{ _id: written++, text: 'x'.repeat(2000) }] });
    while (written < BEFORE) await insert();
    let isOver = false;
    const writing = (async () => {
      while (!isOver) expect(await insert()).toMatchObject({ ok: 1 });
    })();
    await new Promise<void>((resolve, reject) => {
      // Not waited for synchronously: the writer is in this process.
      execFile(process.execPath, [command(), '--data-dir', data, '--out', out], (error) => {
        if (error === null) resolve();
        else reject(new Error(error.message));
      });
    });
    isOver = true;
    await writing;
    client.close();
    await database.kill('SIGTERM');
    const ids = idsIn(out);
    expect(ids.length).toBeGreaterThanOrEqual(BEFORE);
    expect(ids.length).toBeLessThanOrEqual(written);
    expect(ids).toEqual(ids.map((_, n) => n));
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(existsSync(`${out}.partial`)).toBe(false);
  });

  it('is made of a stopped server as well, and leaves its data as it was', async () => {
    const data = join(directory, 'data');
    const database = await startEmbeddedProcess(data);
    const client = await WireClient.open(database.uri);
    await client.command('test', { insert: 'items', documents: [{ _id: 0 }, { _id: 1 }] });
    client.close();
    await database.kill('SIGKILL');
    execFileSync(process.execPath, [command(), '--data-dir', data, '--out', join(directory, 'copy.db')]);
    expect(idsIn(join(directory, 'copy.db'))).toEqual([0, 1]);
    expect(idsIn(join(data, 'data.db'))).toEqual([0, 1]);
  });

  it('is refused over a file that exists, of nothing, and of a database whose log is damaged', async () => {
    const data = join(directory, 'data');
    const existing = join(directory, 'existing');
    writeFileSync(existing, 'mine');
    expect(run('--data-dir', data, '--out', 'copy.db')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no embedded database'),
    });
    const database = await startEmbeddedProcess(data);
    const client = await WireClient.open(database.uri);
    for (let n = 0; n < 30; n++) await client.command('test', { insert: 'items', documents: [{ _id: n }] });
    client.close();
    await database.kill('SIGKILL');
    expect(run('--data-dir', data, '--out', existing)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('exists already'),
    });
    expect(readFileSync(existing, 'utf8')).toBe('mine');

    const damaged = join(directory, 'damaged');
    mkdirSync(damaged);
    for (const name of ['data.db', 'data.db-wal', 'data.db-commits'])
      copyFileSync(join(data, name), join(damaged, name));
    const log = readFileSync(join(damaged, 'data.db-wal'));
    const at = Math.floor(log.length / 2);
    log[at] = (log[at] ?? 0) ^ 1;
    writeFileSync(join(damaged, 'data.db-wal'), log);
    expect(run('--data-dir', damaged, '--out', 'copy.db')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/damaged .*commits are missing/),
    });
    expect(existsSync(join(directory, 'copy.db'))).toBe(false);
    expect(readFileSync(join(damaged, 'data.db-wal.damaged')).equals(log)).toBe(true);
  });

  it('says its options', () => {
    expect(run('--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/--out FILE[^]*--data-dir/),
    });
    expect(run()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/--out is needed[^]*--data-dir/),
    });
    expect(run('--to', 'x')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/--to[^]*--out FILE/),
    });
  });
});
