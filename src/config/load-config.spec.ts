import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config.error.js';
import { loadConfig, loadMigrationConfig } from './load-config.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  MONGODB_URI: 'mongodb://db/tollgate',
  JWT_SECRET: 's'.repeat(32),
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs no setting at all outside production', () => {
    const config = loadConfig({});
    expect(config.http).toEqual({
      port: 3000,
      host: '127.0.0.1',
      basePath: '',
      corsOrigins: ['*'],
      trustProxyHops: 0,
    });
    expect(config.database.mongodbUri).toBeUndefined();
    expect(config.accounts.demo).toBeDefined();
  });

  it('names everything that is wrong at once and never a value', () => {
    const problems = problemsOf({
      PORT: 'secret-port',
      LOG_LEVEL: 'secret-level',
      OPENAI_BASE_URL: 'secret-url',
    });
    expect(problems).toHaveLength(3);
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'LOG_LEVEL',
      'PORT',
      'OPENAI_BASE_URL',
    ]);
    expect(problems.join()).not.toContain('secret');
  });

  it('demands a database and a secret in production, and makes no demo user there', () => {
    expect(problemsOf({ NODE_ENV: 'production' }).map((problem) => problem.split(' ')[0])).toEqual([
      'MONGODB_URI',
      'JWT_SECRET',
    ]);
    expect(loadConfig(PRODUCTION).accounts.demo).toBeUndefined();
    expect(loadConfig(PRODUCTION).database.autoIndex).toBe(false);
  });

  it('lets anybody register while developing and nobody in production, unless it is said', () => {
    expect(loadConfig({}).accounts.registration).toBe('open');
    expect(loadConfig(PRODUCTION).accounts).toMatchObject({
      registration: 'closed',
      registrationsPerAddress: 20,
      loginFailuresPerAddress: 100,
    });
    expect(loadConfig({ ...PRODUCTION, REGISTRATION: 'open' }).accounts.registration).toBe('open');
  });

  it('allows the embedded database in production only by name', () => {
    expect(loadConfig({ ...PRODUCTION, MONGODB_URI: 'embedded' }).database.mongodbUri).toBeUndefined();
  });

  it('needs issuer and audience with an external key set', () => {
    const problems = problemsOf({ JWT_JWKS_URI: 'https://id.example/jwks' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['JWT_ISSUER', 'JWT_AUDIENCE']);
  });

  it('lets pages of any origin call while developing, and in production only those that are named', () => {
    expect(loadConfig({ CORS_ORIGINS: 'https://a.example' }).http.corsOrigins).toEqual(['https://a.example']);
    expect(loadConfig({ CORS_ORIGINS: ',' }).http.corsOrigins).toEqual([]);
    expect(loadConfig(PRODUCTION).http.corsOrigins).toEqual([]);
  });

  it('refuses a short secret', () => {
    expect(problemsOf({ JWT_SECRET: 'short' })).toHaveLength(1);
  });

  it('reads a secret from a file, and says so when it cannot', () => {
    expect(problemsOf({ JWT_SECRET_FILE: '/nowhere/at/all' })).toEqual([
      'JWT_SECRET_FILE names a file that cannot be read',
    ]);
  });

  it('reads a secret from a file that has one, and from nowhere else then', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tollgate-config-'));
    try {
      const [full, empty] = [join(folder, 'full'), join(folder, 'empty')];
      writeFileSync(full, ` ${'s'.repeat(40)}\n`);
      writeFileSync(empty, '\n');
      expect(loadConfig({ STORM_API_KEY_FILE: full }).notices).toEqual([
        'STORM_API_KEY has no effect without STORM_API_URL.',
      ]);
      expect(loadConfig({ JWT_SECRET_FILE: full }).auth.jwtSecret).toBe('s'.repeat(40));
      expect(problemsOf({ JWT_SECRET_FILE: empty })).toEqual(['JWT_SECRET_FILE names a file that is empty']);
      expect(problemsOf({ JWT_SECRET_FILE: full, JWT_SECRET: 't'.repeat(40) })).toEqual([
        'JWT_SECRET must not be set together with JWT_SECRET_FILE',
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses what would fail every turn at once', () => {
    for (const name of ['TURN_TIMEOUT_MS', 'TURN_LEASE_MS', 'SHUTDOWN_GRACE_MS', 'HEARTBEAT_INTERVAL_MS'])
      expect(problemsOf({ [name]: '2147483648' })).toEqual([expect.stringContaining(`${name} must be`)]);
    expect(problemsOf({ ACCESS_TOKEN_TTL_S: '9007199254740991' })).toHaveLength(1);
    expect(problemsOf({ TURN_TIMEOUT_MS: '10' })).toHaveLength(1);
  });

  it('refuses a log-in that cannot be renewed', () => {
    expect(problemsOf({ ACCESS_TOKEN_TTL_S: '600', REFRESH_TOKEN_TTL_S: '599' })).toEqual([
      'REFRESH_TOKEN_TTL_S must be at least ACCESS_TOKEN_TTL_S',
    ]);
  });

  it('wants the origins named in production', () => {
    expect(loadConfig({ CORS_ORIGINS: '*' }).http.corsOrigins).toEqual(['*']);
    expect(problemsOf({ ...PRODUCTION, CORS_ORIGINS: '*' })).toHaveLength(1);
    expect(loadConfig({ ...PRODUCTION, CORS_ORIGINS: 'https://a' }).http.corsOrigins).toEqual(['https://a']);
  });

  it('takes one server of Redis, or the sentinels or nodes of several with what they need', () => {
    const redis = (settings: Record<string, string>) => loadConfig(settings).cluster.redis;
    expect(redis({})).toBeUndefined();
    expect(redis({ REDIS_URL: 'rediss://user:secret@a:6380/1' })).toMatchObject({
      mode: 'single',
      urls: ['rediss://user:secret@a:6380/1'],
      prefix: 'tollgate:',
    });
    expect(redis({ REDIS_URL: 'redis://a, redis://b:7001', REDIS_MODE: 'cluster' })?.urls).toHaveLength(2);
    const sentinels = { REDIS_URL: 'redis://a:26379,redis://b:26379', REDIS_MODE: 'sentinel' };
    expect(redis({ ...sentinels, REDIS_SENTINEL_MASTER: 'main', REDIS_PASSWORD: 'x' })).toMatchObject({
      sentinelMaster: 'main',
      password: 'x',
    });
    expect(problemsOf(sentinels)).toEqual(['REDIS_SENTINEL_MASTER is required with REDIS_MODE=sentinel']);
  });

  it.each([
    [{ REDIS_URL: 'http://a' }],
    [{ REDIS_URL: 'redis://a,rediss://b', REDIS_MODE: 'cluster' }],
    [{ REDIS_URL: 'redis://a/database' }],
    [{ REDIS_URL: 'redis://a,redis://b' }],
    [{ REDIS_URL: 'redis://a', REDIS_PASSWORD: 'secret' }],
    [{ REDIS_URL: 'redis://a', REDIS_KEY_PREFIX: '{a}:' }],
  ])('refuses %o and shows no value', (settings) => {
    const problems = problemsOf(settings);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toMatch(/secret|database\b/);
  });

  it('stops at a misspelt name in production, and tells of it elsewhere', () => {
    const misspelt = { TURN_TIMOUT_MS: '5000' };
    expect(problemsOf({ ...PRODUCTION, ...misspelt })).toEqual([
      'TURN_TIMOUT_MS is not a setting: is TURN_TIMEOUT_MS meant?',
    ]);
    expect(loadConfig(misspelt).notices).toEqual([
      'TURN_TIMOUT_MS is not a setting of Tollgate: is TURN_TIMEOUT_MS meant?',
    ]);
    expect(loadConfig({ ...PRODUCTION, ...misspelt, TURN_TIMEOUT_MS: '6000' }).notices).toHaveLength(1);
  });

  it('stops at a misspelt NODE_ENV anywhere: production may be meant', () => {
    expect(problemsOf({ NODE_EVN: 'production' })).toHaveLength(1);
    expect(problemsOf({ NODE_EVN: 'production', NODE_ENV: 'development' })).toEqual([]);
  });

  it('tells of a key that nothing uses', () => {
    expect(loadConfig({ OPENAI_API_KEY: 'sk-1' }).notices).toEqual([
      'OPENAI_API_KEY has no effect without OPENAI_BASE_URL.',
    ]);
    expect(loadConfig({ OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://a/v1' }).notices).toEqual([]);
  });

  it('reads what a migration needs, and stops at misspelt names anywhere', () => {
    const env = { MONGODB_URI: 'mongodb://a', JWT_ISSUER: 'https://id.example', TURN_RETENTION_DAYS: '2' };
    expect(loadMigrationConfig(env)).toMatchObject({
      issuer: 'https://id.example',
      stormUrl: undefined,
      turnRetentionMs: 2 * 24 * 3_600_000,
    });
    expect(() => loadMigrationConfig({ TURN_RETENTION: '2' })).toThrow(/TURN_RETENTION_DAYS/);
  });

  it('is frozen all the way down', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.turns)).toBe(true);
  });
});
