import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

export interface ReadThroughCacheOptions<V> {
  /** Most entries kept; the least recently used goes first. */
  readonly maxEntries: number;
  /** Reads the value from its source of truth; its rejections reach the callers and are not kept. */
  readonly load: (key: string) => Promise<V>;
  /** How long this value may be served, in milliseconds; 0 keeps it for nobody but those who wait for it now. */
  readonly keepForMs: (value: V) => number;
  readonly clock: Clock;
}

interface Entry<V> {
  readonly value: V;
  /** Epoch milliseconds. */
  readonly goodUntil: number;
}

/**
 * A bounded cache in front of a look-up: hits are answered without a promise, concurrent misses of one key share one load, and
 * no value is served longer than `keepForMs` or after `invalidate`.
 */
export class ReadThroughCache<V> {
  private readonly entries: LRUCache<string, Entry<V>>;
  private readonly loading = new Map<string, Promise<V>>();

  constructor(private readonly options: ReadThroughCacheOptions<V>) {
    this.entries = new LRUCache({ max: options.maxEntries });
  }

  get(key: string): V | Promise<V> {
    const entry = this.entries.get(key);
    if (entry !== undefined && this.options.clock.now() < entry.goodUntil) return entry.value;
    return this.loading.get(key) ?? this.startLoading(key);
  }

  /** Forgets the key; a load that began before this is answered to those who wait for it, but not kept. */
  invalidate(key: string): void {
    this.entries.delete(key);
    this.loading.delete(key);
  }

  private startLoading(key: string): Promise<V> {
    const loaded = this.options.load(key).then((value) => {
      if (this.loading.get(key) === loaded) this.keep(key, value);
      return value;
    });
    const settled = loaded.finally(() => {
      if (this.loading.get(key) === loaded) this.loading.delete(key);
    });
    this.loading.set(key, loaded);
    return settled;
  }

  private keep(key: string, value: V): void {
    const keepForMs = this.options.keepForMs(value);
    if (keepForMs > 0) this.entries.set(key, { value, goodUntil: this.options.clock.now() + keepForMs });
  }
}
