import { RateLimiterRedis, type RateLimiterAbstract, type RateLimiterMemory } from 'rate-limiter-flexible';
import type { SharedScripts } from './shared-scripts.port.js';

const READ = `return { redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]) }`;
const REMOVE = `return redis.call('DEL', KEYS[1])`;

export interface LimiterOptions {
  /** In front of its keys; no other limiter has it. */
  readonly name: string;
  readonly attempts: number;
  readonly windowSeconds: number;
}

/**
 * Counts for all instances together.
 * @param alone counts on this instance where nothing is shared, and whenever the shared count does not answer. What is counted there is not added to
 *   the shared count later, so that somebody may have up to the limit once more on each instance while Redis is away
 */
export function sharedLimiter(
  scripts: SharedScripts,
  { name, attempts, windowSeconds }: LimiterOptions,
  alone: RateLimiterMemory,
): RateLimiterAbstract {
  if (!scripts.isShared) return alone;
  return new RateLimiterRedis({
    storeClient: clientOf(scripts),
    useRedisPackage: true,
    keyPrefix: name,
    points: attempts,
    duration: windowSeconds,
    insuranceLimiter: alone,
  });
}

/** What the limiter uses of the `redis` package, each as one script. */
function clientOf(scripts: SharedScripts) {
  return {
    eval: (script: string, { keys, arguments: values }: { keys: string[]; arguments: string[] }) =>
      scripts.run(script, keys, values),
    multi: () => ({
      get: (key: string) => ({ pTTL: () => ({ exec: () => scripts.run(READ, [key]) }) }),
    }),
    del: (key: string) => scripts.run(REMOVE, [key]),
  };
}
