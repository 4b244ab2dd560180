import type { Clock } from './clock.port.js';
import { ReadThroughCache } from './read-through-cache.js';

class ManualClock implements Clock {
  time = 1_000_000;
  now(): number {
    return this.time;
  }
}

/** A cache of strings over a source whose loads the test ends one by one. */
function setUp({ keepForMs = 100, maxEntries = 10 } = {}) {
  const clock = new ManualClock();
  const loads: { key: string; answer: (value?: string) => void; fail: (error: Error) => void }[] = [];
  const cache = new ReadThroughCache<string | undefined>({
    maxEntries,
    clock,
    keepForMs: () => keepForMs,
    load: (key) => new Promise((answer, fail) => loads.push({ key, answer, fail })),
  });
  /** Has the next load of the key bring this value. */
  const fill = async (key: string, value?: string): Promise<void> => {
    const filled = cache.get(key);
    loads.at(-1)?.answer(value);
    await filled;
  };
  return { clock, loads, cache, fill };
}

describe('ReadThroughCache', () => {
  it('shares one load among concurrent misses, and loads nothing for a hit', async () => {
    const { cache, loads } = setUp();
    const waiting = [cache.get('a'), cache.get('a')];
    loads[0]?.answer('one');
    expect(await Promise.all(waiting)).toEqual(['one', 'one']);
    expect(await cache.get('a')).toBe('one');
    expect(loads).toHaveLength(1);
  });

  it('keeps that nothing was found', async () => {
    const { cache, loads, fill } = setUp();
    await fill('a', undefined);
    expect(await cache.get('a')).toBeUndefined();
    expect(loads).toHaveLength(1);
  });

  it('loads again once the value is too old', async () => {
    const { cache, loads, clock, fill } = setUp({ keepForMs: 100 });
    await fill('a', 'one');
    clock.time += 100;
    expect(await cache.get('a')).toBe('one');
    clock.time += 1;
    const second = cache.get('a');
    loads[1]?.answer('two');
    expect(await second).toBe('two');
  });

  it('keeps for ever what may be kept for ever', async () => {
    const { cache, clock, fill } = setUp({ keepForMs: Infinity });
    await fill('a', 'one');
    clock.time *= 1000;
    expect(await cache.get('a')).toBe('one');
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
    expect(await cache.get('a')).toBe('new');
    expect(loads).toHaveLength(2);
  });

  it.each([undefined, 'old'])('asks again after such a load brought %j', async (value) => {
    for (const keepForMs of [0, 100]) {
      const { cache, loads } = setUp({ keepForMs });
      const before = cache.get('a');
      cache.invalidate('a');
      loads[0]?.answer(value);
      expect(await before).toBe(value);
      const after = cache.get('a');
      loads[1]?.answer('new');
      expect(await after).toBe('new');
    }
  });

  it('forgets a value that is being refreshed when its key is invalidated', async () => {
    const { cache, loads, clock, fill } = setUp({ keepForMs: 100 });
    await fill('a', 'one');
    clock.time += 101;
    const refreshed = cache.get('a');
    cache.invalidate('a');
    loads[1]?.fail(new Error('no database'));
    await expect(refreshed).rejects.toThrow('no database');
    const after = cache.get('a');
    loads[2]?.answer('new');
    expect(await after).toBe('new');
  });

  it('keeps neither failures nor values that may not be kept', async () => {
    const { cache, loads } = setUp({ keepForMs: 0 });
    const failed = [cache.get('a'), cache.get('a')];
    loads[0]?.fail(new Error('no database'));
    for (const one of failed) await expect(one).rejects.toThrow('no database');
    const second = [cache.get('a'), cache.get('a')];
    loads[1]?.answer('one');
    expect(await Promise.all(second)).toEqual(['one', 'one']);
    const third = cache.get('a');
    loads[2]?.answer('two');
    expect(await third).toBe('two');
  });

  it('does not throw away a newer load with the value of an older one that may not be kept', async () => {
    const { cache, loads } = setUp({ keepForMs: 0 });
    const older = cache.get('a');
    cache.invalidate('a');
    const newer = [cache.get('a')];
    loads[0]?.answer('old');
    expect(await older).toBe('old');
    newer.push(cache.get('a'));
    loads[1]?.answer('new');
    expect(await Promise.all(newer)).toEqual(['new', 'new']);
    expect(loads).toHaveLength(2);
  });

  it('holds no more entries than it may, and answers who waits for one that was pushed out', async () => {
    const { cache, loads, fill } = setUp({ maxEntries: 1 });
    const pushedOut = cache.get('a');
    await fill('b', 'b');
    loads[0]?.answer('a');
    expect(await pushedOut).toBe('a');
    expect(await cache.get('b')).toBe('b');
    await fill('a', 'a');
    expect(loads.map((load) => load.key)).toEqual(['a', 'b', 'a']);
  });
});
