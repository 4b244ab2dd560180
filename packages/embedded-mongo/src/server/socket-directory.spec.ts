import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';

/** An hour ago. */
const age = (path: string): void => {
  const then = Date.now() / 1000 - 3600;
  utimesSync(path, then, then);
};
const folderOf = (uri: string): string =>
  dirname(decodeURIComponent(uri.replace(/^mongodb:\/\//, '').replace(/\/$/, '')));

describe('the folder of a socket', () => {
  it('goes with the next start when its process was killed, and not while somebody listens', async () => {
    // Processes of tests have their folders in their data directory: these share one for both.
    const shared = mkdtempSync(join(tmpdir(), 'embedded-sockets-'));
    const data = (name: string): string => join(shared, name);
    const killed = await startEmbeddedProcess(data('a'), { socketsIn: shared });
    const living = await startEmbeddedProcess(data('b'), { socketsIn: shared });
    const dead = folderOf(killed.uri);
    await killed.kill('SIGKILL');
    expect(existsSync(dead)).toBe(true);
    const empty = join(shared, 'tollgate-db-empty');
    const foreign = join(shared, 'tollgate-else');
    const young = join(shared, 'tollgate-db-young');
    const link = join(shared, 'tollgate-db-link');
    for (const directory of [empty, foreign, young]) mkdirSync(directory);
    symlinkSync(foreign, link);
    for (const directory of [dead, folderOf(living.uri), empty, foreign]) age(directory);

    const next = await startEmbeddedProcess(data('c'), { socketsIn: shared });
    try {
      expect([dead, empty].map((path) => existsSync(path))).toEqual([false, false]);
      const kept = [folderOf(living.uri), folderOf(next.uri), foreign, young, link];
      expect(kept.filter((path) => !existsSync(path))).toEqual([]);
    } finally {
      await living.kill('SIGTERM');
      await next.kill('SIGTERM');
    }
    expect(existsSync(folderOf(next.uri))).toBe(false);
    rmSync(shared, { recursive: true, force: true });
  });
});
