import type { Clock } from '../platform/clock.port.js';
import { ReadThroughCache, type ReadThroughCacheOptions } from '../platform/read-through-cache.js';
import type { ChangeFeed, ChangeKind } from './change-feed.service.js';

export interface SharedCacheOptions<V> extends Omit<ReadThroughCacheOptions<V>, 'clock'> {
  /** What its entries are, by the keys under which changes are told. */
  readonly kind: ChangeKind;
  /** Of what else its entries are made: any change of it drops them all. */
  readonly madeOf?: readonly ChangeKind[];
}

/** What is read from the store and remembered here, and forgotten wherever it was changed. */
export interface SharedCache<V> {
  get(key: string): Promise<V>;
  /** To be called after the store has changed: it counts here at once, on other instances within a second, or else when `keepForMs` is over. */
  changed(key: string): void;
}

/**
 * Makes the caches of what is stored. They are made here and nowhere else, so that none can forget that there are other instances; a test finds
 * those that are not.
 */
export class SharedCaches {
  constructor(
    private readonly changes: ChangeFeed,
    private readonly clock: Clock,
  ) {}

  of<V>({ kind, madeOf = [], ...options }: SharedCacheOptions<V>): SharedCache<V> {
    const cache = new ReadThroughCache<V>({ ...options, clock: this.clock });
    this.changes.onChange(kind, (key) => {
      if (key === undefined) cache.invalidateAll();
      else cache.invalidate(key);
    });
    for (const other of madeOf) this.changes.onChange(other, () => cache.invalidateAll());
    return {
      get: (key) => cache.get(key),
      changed: (key) => this.changes.changed(kind, key),
    };
  }
}
