import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '../../test/support/embedded-engine.js';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';
import { WireClient } from '../../test/support/wire-client.js';
import { verifyFile } from './verify.js';

/** More than is verified before the database is ready, in rows enough to be in the middle of them. */
const DOCUMENTS = 20_000;
/** How much later each round stops it, in the process's own work: a pause would be long or short as the machine is busy. */
const PINGS_PER_ROUND = 40;
const FILLING = 'x'.repeat(600);

async function ask(uri: string, times: number): Promise<void> {
  const client = await WireClient.open(uri);
  for (let time = 0; time < times; time += 1) await client.command('admin', { ping: 1 });
  client.close();
}

describe('the verification of a large file', () => {
  let dataDir: string;

  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'embedded-verify-'));
    const engine = openEngine(dataDir);
    const documents = Array.from({ length: DOCUMENTS }, (_, _id) => ({ _id, filling: FILLING }));
    engine.ok({ insert: 'large', documents });
    engine.store.close();
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it('reads no further once it is stopped', () => {
    let asked = 0;
    expect(verifyFile(join(dataDir, 'data.db'), () => ++asked >= 10)).toBeUndefined();
    // Once more at the end: nothing is to be begun after the rows either.
    expect(asked).toBeLessThan(15);
  });

  it('ends with the process, without a word, whenever that is told to stop', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { uri, process: child } = await startEmbeddedProcess(dataDir);
      let complaint = '';
      child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
      await ask(uri, round * PINGS_PER_ROUND);
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
      expect(complaint).toBe('');
    }
  });
});
