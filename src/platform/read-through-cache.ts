import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.port.js';

export interface ReadThroughCacheOptions<V> {
  /** Most entries kept or being loaded; the least recently used goes first. */
  readonly maxEntries: number;
  /** Reads the value from its source of truth; its rejections reach the callers and are not kept. */
  readonly load: (key: string) => Promise<V>;
  /** How long this value may be served, in milliseconds; 0 keeps it for nobody but those who wait for it now. */
  readonly keepForMs: (value: V) => number;
  readonly clock: Clock;
}

/** The cache below keeps no `undefined`, and fails a load that finds nothing while its key is deleted. */
interface Found<V> {
  readonly value: V;
}

/**
 * `lru-cache` fetching by itself, for values that may be absent: concurrent misses of one key share one load, and no value is served longer
 * than `keepForMs` or after `invalidate`.
 */
export class ReadThroughCache<V> {
  /** Made by the first who asks: it takes the room for all of its entries at once. */
  private entries: LRUCache<string, Found<V>> | undefined;

  constructor(private readonly options: ReadThroughCacheOptions<V>) {}

  async get(key: string): Promise<V> {
    return (await (this.entries ??= this.makeEntries()).forceFetch(key)).value;
  }

  /** Forgets the key; a load that began before this is answered to those who wait for it, but not kept. */
  invalidate(key: string): void {
    this.entries?.delete(key);
  }

  /** Forgets everything; as for `invalidate`, loads that have begun are not kept. */
  invalidateAll(): void {
    this.entries?.clear();
  }

  private makeEntries(): LRUCache<string, Found<V>> {
    const { maxEntries, load, keepForMs, clock } = this.options;
    const entries = new LRUCache<string, Found<V>>({
      max: maxEntries,
      perf: clock,
      // The clock is asked each time: it costs less than the timer that would remember its answer for a millisecond.
      ttlResolution: 0,
      // Whoever waits for a load whose key was invalidated or pushed out gets its value all the same; it is not kept.
      ignoreFetchAbort: true,
      fetchMethod: async (key, _stale, { options, signal }) => {
        const value = await load(key);
        const ttl = keepForMs(value);
        if (ttl > 0) options.ttl = ttl;
        else if (!signal.aborted) entries.delete(key);
        return { value };
      },
    });
    return entries;
  }
}
