import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/** Counts in memory, of so many keys and no more: the oldest are forgotten. */
export class BoundedMemoryLimiter extends RateLimiterMemory {
  /** The counter has no bound of its own: what is pushed out here is forgotten there. */
  private readonly tracked: LRUCache<string, true>;

  constructor(
    { attempts, windowSeconds }: { readonly attempts: number; readonly windowSeconds: number },
    maxKeys: number,
  ) {
    super({ points: attempts, duration: windowSeconds });
    this.tracked = new LRUCache({
      // By size: a `max` is allocated at once, which would be megabytes at every start.
      maxSize: maxKeys,
      sizeCalculation: () => 1,
      dispose: (_, key, reason) => {
        if (reason !== 'set') void super.delete(key);
      },
    });
  }

  override consume(key: string): Promise<RateLimiterRes> {
    this.tracked.set(key, true);
    return super.consume(key);
  }

  override delete(key: string): Promise<boolean> {
    return Promise.resolve(this.tracked.delete(key));
  }
}
