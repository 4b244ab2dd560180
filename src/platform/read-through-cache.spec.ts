import type { Clock } from './clock.js';
import { ReadThroughCache } from './read-through-cache.js';

class ManualClock implements Clock {
  time = 0;
  now(): number {
    return this.time;
  }
}

/** A cache of strings over a source whose loads the test ends one by one. */
function setUp(keepForMs = 100, maxEntries = 10) {
  const clock = new ManualClock();
  const loads: { key: string; answer: (value: string) => void; fail: (error: Error) => void }[] = [];
  const cache = new ReadThroughCache<string>({
    maxEntries,
    clock,
    keepForMs: () => keepForMs,
    load: (key) => new Promise((answer, fail) => loads.push({ key, answer, fail })),
  });
  return { clock, loads, cache };
}

describe('ReadThroughCache', () => {
  it('shares one load among concurrent misses and serves hits without a promise', async () => {
    const { cache, loads } = setUp();
    const waiting = [cache.get('a'), cache.get('a')];
    loads[0]?.answer('one');
    expect([await waiting[0], await waiting[1]]).toEqual(['one', 'one']);
    expect(cache.get('a')).toBe('one');
    expect(loads).toHaveLength(1);
  });

  it('loads again once the value is too old', async () => {
    const { cache, loads, clock } = setUp(100);
    const first = cache.get('a');
    loads[0]?.answer('one');
    await first;
    clock.time = 99;
    expect(cache.get('a')).toBe('one');
    clock.time = 100;
    const second = cache.get('a');
    loads[1]?.answer('two');
    expect(await second).toBe('two');
  });

  it('does not keep what a load brings that began before the key was invalidated', async () => {
    const { cache, loads } = setUp();
    const before = cache.get('a');
    cache.invalidate('a');
    const after = cache.get('a');
    loads[1]?.answer('new');
    expect(await after).toBe('new');
    loads[0]?.answer('old');
    expect(await before).toBe('old');
    expect(cache.get('a')).toBe('new');
  });

  it('keeps neither failures nor values that may not be kept', async () => {
    const { cache, loads } = setUp(0);
    const failed = Promise.resolve(cache.get('a'));
    loads[0]?.fail(new Error('no database'));
    await expect(failed).rejects.toThrow('no database');
    const second = cache.get('a');
    loads[1]?.answer('one');
    await second;
    const third = cache.get('a');
    loads[2]?.answer('two');
    expect(await third).toBe('two');
  });

  it('holds no more entries than it may', async () => {
    const { cache, loads } = setUp(100, 1);
    for (const [index, key] of ['a', 'b'].entries()) {
      const value = cache.get(key);
      loads[index]?.answer(key);
      await value;
    }
    expect(cache.get('b')).toBe('b');
    void cache.get('a');
    expect(loads.map((load) => load.key)).toEqual(['a', 'b', 'a']);
  });
});
