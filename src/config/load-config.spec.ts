import { ConfigError } from './env-reader.js';
import { loadConfig } from './load-config.js';

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
    expect(config.http).toEqual({ port: 3000, host: '127.0.0.1', corsOrigins: ['*'], trustProxyHops: 0 });
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
      'PORT',
      'OPENAI_BASE_URL',
      'LOG_LEVEL',
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

  it('is frozen all the way down', () => {
    const config = loadConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.turns)).toBe(true);
  });
});
