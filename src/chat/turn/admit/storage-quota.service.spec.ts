import { loadConfig } from '../../../config/load-config.js';
import type { HistoryStore } from '../../records/history.store.port.js';
import { StoredBytes } from '../settle/stored-bytes.service.js';
import { LARGE_SUM_GOOD_FOR_MS, StorageQuota, SUM_GOOD_FOR_MS } from './storage-quota.service.js';

const LIMIT = 1000;

/** A database that answers when it is told to, with what is stored by then. */
function setUp(limit = LIMIT) {
  const clock = { time: 1, now: () => clock.time };
  const database = { stored: 0, readings: 0, answers: [] as (() => void)[], isSlow: false };
  const history: Pick<HistoryStore, 'sumStoredBytes'> = {
    sumStoredBytes: async () => {
      database.readings += 1;
      const { stored } = database;
      if (database.isSlow) await new Promise<void>((resolve) => database.answers.push(resolve));
      return stored;
    },
  };
  const config = loadConfig({ NODE_ENV: 'test', STORED_BYTES_PER_USER: String(limit) });
  const stored = new StoredBytes(history as HistoryStore, clock);
  const quota = new StorageQuota(config, stored, clock);
  /** One turn after the other, as this instance settles them. */
  const ask = async (bytes: number): Promise<void> => {
    await quota.assertRoom('ada');
    database.stored += bytes;
    stored.add('ada', bytes);
  };
  return { clock, database, stored, quota, ask };
}

const REFUSED = { code: 'quota_exceeded', details: { quota: 'stored-bytes', limit: LIMIT } };

describe('StorageQuota', () => {
  it('reads once for many turns, and once more before it refuses', async () => {
    const { database, ask } = setUp();
    for (let turn = 0; turn < 10; turn += 1) await ask(LIMIT / 10);
    expect(database.readings).toBe(1);
    await expect(ask(1)).rejects.toMatchObject(REFUSED);
    expect(database.readings).toBe(2);
  });

  it('refuses nobody by what it remembers: a deletion anywhere makes room at once', async () => {
    const { database, ask } = setUp();
    await ask(LIMIT);
    await expect(ask(1)).rejects.toMatchObject(REFUSED);
    database.stored = LIMIT - 1;
    await ask(1);
    await expect(ask(1)).rejects.toMatchObject(REFUSED);
  });

  it.each([
    ['far from the quota', 0, SUM_GOOD_FOR_MS],
    ['near to it', LIMIT / 2, LARGE_SUM_GOOD_FOR_MS],
  ])('sees what other instances store after a time, %s, without a turn that waits', async (_, used, time) => {
    const { clock, database, ask } = setUp();
    await ask(used);
    clock.time += time - 1;
    database.stored = LIMIT;
    await ask(0);
    expect(database.readings).toBe(1);
    clock.time += 1;
    database.isSlow = true;
    await ask(0);
    await ask(0);
    expect(database.readings).toBe(2);
    database.answers.forEach((answer) => answer());
    database.isSlow = false;
    await new Promise(setImmediate);
    await expect(ask(0)).rejects.toMatchObject(REFUSED);
  });

  it('is not kept busy by a sum that takes long', async () => {
    const { clock, database, stored, quota } = setUp();
    database.stored = LIMIT;
    database.isSlow = true;
    const first = quota.assertRoom('ada').catch((error: unknown) => error);
    await new Promise(setImmediate);
    clock.time += 100;
    database.answers.forEach((answer) => answer());
    expect(await first).toMatchObject(REFUSED);
    database.isSlow = false;
    database.stored = 0;
    clock.time += 4999;
    await expect(quota.assertRoom('ada')).rejects.toMatchObject(REFUSED);
    expect(database.readings).toBe(1);
    clock.time += 1;
    await quota.assertRoom('ada');
    // What was deleted here is seen at once.
    stored.add('ada', LIMIT);
    stored.forget('ada');
    await quota.assertRoom('ada');
    expect(database.readings).toBe(3);
  });

  it('forgets nothing that is settled while it reads', async () => {
    const { database, stored } = setUp();
    database.isSlow = true;
    const reading = stored.read('ada');
    await new Promise(setImmediate);
    stored.add('ada', 70);
    stored.add('bob', 5);
    database.answers.forEach((answer) => answer());
    expect((await reading).bytes).toBe(70);
    expect(stored.known('ada')?.bytes).toBe(70);
  });

  it('asks nothing without a limit', async () => {
    const { database, ask } = setUp(0);
    await ask(LIMIT * 2);
    await ask(1);
    expect(database.readings).toBe(0);
  });
});
