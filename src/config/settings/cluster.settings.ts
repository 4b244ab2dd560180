import { keyPrefix, line, oneOf, redisUrls, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

/** How the servers of Redis stand together. */
export const REDIS_MODES = ['single', 'sentinel', 'cluster'] as const;
export type RedisMode = (typeof REDIS_MODES)[number];

export interface RedisConfig {
  readonly mode: RedisMode;
  /** One server; the sentinels; or some nodes of the cluster. Each with the credentials that its URL brings. */
  readonly urls: readonly string[];
  /** What the sentinels call the group of servers; there in that mode. */
  readonly sentinelMaster: string | undefined;
  /** Of the servers behind sentinels, and of the nodes of a cluster. Elsewhere the URL brings them. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** In front of every key and channel. */
  readonly prefix: string;
  /** How long somebody who is to be let in waits for the count of all instances. */
  readonly waitMs: number;
}

export interface ClusterConfig {
  /** Absent: instances know of each other by the database alone. */
  readonly redis: RedisConfig | undefined;
}

export const CLUSTER = concern({
  title: 'Several instances',
  settings: {
    redisUrl: setting('REDIS_URL', redisUrls(), {
      secret: true,
      about:
        'Redis (7 or newer) or Valkey, for several instances: turns followed, stopped and answered from any of them at once, and limits that count them all. `rediss://` for TLS (a private authority: `NODE_EXTRA_CA_CERTS`, a file of PEM, which Node reads at its start); for sentinels or a cluster several URLs, separated by commas. Unset: instances work over the database alone.',
    }),
    redisMode: setting('REDIS_MODE', oneOf(REDIS_MODES), {
      default: 'single',
      about: 'What the URLs of REDIS_URL are: one server, the sentinels of a group, or nodes of a cluster.',
    }),
    redisSentinelMaster: setting('REDIS_SENTINEL_MASTER', line('a name'), {
      needs: 'REDIS_URL',
      about: 'What the sentinels call the group of servers. Required with REDIS_MODE=sentinel.',
    }),
    redisUsername: setting('REDIS_USERNAME', line('a name'), {
      needs: 'REDIS_URL',
      about:
        'For the servers behind sentinels and the nodes of a cluster, whose own URLs nobody writes down. In the mode `single` the URL brings it.',
    }),
    redisPassword: setting('REDIS_PASSWORD', line('a password'), {
      secret: true,
      needs: 'REDIS_URL',
      about: 'Likewise.',
    }),
    redisPrefix: setting('REDIS_KEY_PREFIX', keyPrefix(), {
      default: 'tollgate:',
      about: 'In front of every key and channel. Instances that share a database share it.',
    }),
    redisWaitMs: setting('REDIS_WAIT_MS', wholeNumber({ min: 10, max: 5000, unit: 'milliseconds' }), {
      default: 200,
      about:
        'How long a turn or a log-in waits at most for what all instances have counted. When no answer has come, and while Redis is known to be away, each instance counts for itself.',
    }),
  },
  compose: (
    { redisUrl, redisMode, redisSentinelMaster, redisUsername, redisPassword, redisPrefix, redisWaitMs },
    { fail },
  ): ClusterConfig => {
    if (redisUrl === undefined) return { redis: undefined };
    if (redisMode === 'sentinel' && redisSentinelMaster === undefined)
      fail('REDIS_SENTINEL_MASTER', 'is required with REDIS_MODE=sentinel');
    if (redisMode === 'single' && redisUrl.length > 1)
      fail('REDIS_URL', 'must be one URL, unless REDIS_MODE is sentinel or cluster');
    if (redisMode === 'single' && (redisUsername !== undefined || redisPassword !== undefined))
      fail('REDIS_PASSWORD', 'and REDIS_USERNAME are for the other modes: write them into REDIS_URL');
    return {
      redis: {
        mode: redisMode,
        urls: redisUrl,
        sentinelMaster: redisSentinelMaster,
        username: redisUsername,
        password: redisPassword,
        prefix: redisPrefix,
        waitMs: redisWaitMs,
      },
    };
  },
});
