import { BYPASSES, type Bypass } from '../contract/bypass.js';
import { FAULT_POINTS, type FaultPoint } from '../contract/fault-point.js';
import type {
  AccountsConfig,
  AppConfig,
  AuthConfig,
  DatabaseConfig,
  DialectsConfig,
  UpstreamConfig,
} from './app-config.js';
import { EnvReader } from './env-reader.js';

const ENVIRONMENTS = ['production', 'development', 'test'] as const;
const DAY_MS = 24 * 3600 * 1000;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** A HS256 key shorter than its hash can be guessed offline (RFC 7518, section 3.2). */
const MIN_SECRET_CHARACTERS = 32;

/**
 * Turns an environment into the frozen configuration.
 * @throws ConfigError naming every setting that is wrong or missing, never a value
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): AppConfig {
  const read = new EnvReader(env);
  const environment = read.oneOf('NODE_ENV', ENVIRONMENTS, 'development');
  const production = environment === 'production';
  if (read.text('REDIS_URL') !== undefined) read.fail('REDIS_URL', 'is not supported yet: unset it');
  const config: AppConfig = {
    environment,
    http: {
      port: read.integer('PORT', 3000, { max: 65_535 }),
      host: read.text('HOST') ?? '127.0.0.1',
      corsOrigins: readCorsOrigins(read, production),
      trustProxyHops: read.integer('TRUST_PROXY_HOPS', 0, { max: 16 }),
    },
    database: readDatabase(read, production),
    auth: readAuth(read, production),
    accounts: readAccounts(read, production),
    accounting: {
      externalUrl: read.url('ACCOUNTING_API_URL'),
      externalKey: read.secret('ACCOUNTING_API_KEY'),
      timeoutMs: read.integer('ACCOUNTING_TIMEOUT_MS', 5000, { min: 1 }),
    },
    limits: {
      turnsPerMinute: read.integer('TURNS_PER_MINUTE', 60, { min: 1 }),
      concurrentTurns: read.integer('CONCURRENT_TURNS', 10, { min: 1 }),
      maxOpenTurns: read.integer('MAX_OPEN_TURNS', 5000, { min: 1 }),
    },
    upstream: readUpstream(read),
    turns: {
      timeoutMs: read.integer('TURN_TIMEOUT_MS', 600_000, { min: 1 }),
      heartbeatIntervalMs: read.integer('HEARTBEAT_INTERVAL_MS', 15_000, { min: 1 }),
      shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', 20_000),
      leaseMs: read.integer('TURN_LEASE_MS', 15_000, { min: 100 }),
      retentionMs: readRetention(read),
      faultPoint: readFaultPoint(read, production),
      faultAfter: read.integer('FAULT_AFTER', 0),
    },
    dialects: readDialects(read),
    // Outside production the banner at start is for a person: routine lines would drown it.
    logging: { level: read.oneOf('LOG_LEVEL', LOG_LEVELS, production ? 'info' : 'warn') },
    operations: { metricsToken: read.secret('METRICS_TOKEN'), bypassesOff: readBypassesOff(read) },
  };
  read.finish();
  return deepFreeze(config);
}

/**
 * The part of the configuration that work on the database alone needs.
 * @throws ConfigError like `loadConfig`
 */
export function loadDatabaseConfig(env: Readonly<Record<string, string | undefined>>): DatabaseConfig {
  const read = new EnvReader(env);
  const environment = read.oneOf('NODE_ENV', ENVIRONMENTS, 'development');
  const database = readDatabase(read, environment === 'production');
  read.finish();
  return deepFreeze(database);
}

/** While developing, pages come from whatever port their own server has taken. No cookie is ever sent along, so that no page gets what it has no token for. */
function readCorsOrigins(read: EnvReader, production: boolean): readonly string[] {
  if (production || read.text('CORS_ORIGINS') !== undefined) return read.list('CORS_ORIGINS');
  return ['*'];
}

/** What a migration needs besides the database: all of it may be unset. */
export interface MigrationConfig {
  readonly database: DatabaseConfig;
  readonly issuer: string | undefined;
  readonly stormUrl: string | undefined;
  readonly turnRetentionMs: number;
}

/**
 * The part of the configuration that a migration needs.
 * @throws ConfigError like `loadConfig`
 */
export function loadMigrationConfig(env: Readonly<Record<string, string | undefined>>): MigrationConfig {
  const read = new EnvReader(env);
  const environment = read.oneOf('NODE_ENV', ENVIRONMENTS, 'development');
  const config: MigrationConfig = {
    database: readDatabase(read, environment === 'production'),
    issuer: read.text('JWT_ISSUER'),
    stormUrl: read.url('STORM_API_URL'),
    turnRetentionMs: readRetention(read),
  };
  read.finish();
  return deepFreeze(config);
}

function readBypassesOff(read: EnvReader): readonly Bypass[] {
  const named = read.list('BYPASSES_OFF');
  if (named.includes('all')) return BYPASSES;
  const off = BYPASSES.filter((bypass) => named.includes(bypass));
  if (off.length !== new Set(named).size)
    read.fail('BYPASSES_OFF', `must be a list of ${BYPASSES.join(', ')}, or all`);
  return off;
}

function readRetention(read: EnvReader): number {
  return read.integer('TURN_RETENTION_DAYS', 90, { min: 1, max: 36_500 }) * DAY_MS;
}

function readFaultPoint(read: EnvReader, production: boolean): FaultPoint | undefined {
  if (read.text('FAULT_POINT') === undefined) return undefined;
  if (production) read.fail('FAULT_POINT', 'is for fault tests, not for production');
  return read.oneOf('FAULT_POINT', FAULT_POINTS, FAULT_POINTS[0]);
}

function readDialects(read: EnvReader): DialectsConfig {
  const defaultChatflow = read.text('DEFAULT_CHATFLOW') ?? 'assistant';
  return { defaultChatflow, stormChatflow: read.text('STORM_CHATFLOW') ?? defaultChatflow };
}

function readDatabase(read: EnvReader, production: boolean): DatabaseConfig {
  const uri = read.secret('MONGODB_URI');
  // In production the embedded database must be asked for by name, so that nobody runs on it by accident.
  const embedded = uri === 'embedded';
  if (uri === undefined && production)
    read.fail('MONGODB_URI', 'is required in production (or the word "embedded")');
  if (uri !== undefined && !embedded && !/^mongodb(\+srv)?:\/\/./.test(uri)) {
    read.fail('MONGODB_URI', 'must start with mongodb:// or mongodb+srv://, or be the word "embedded"');
  }
  return {
    dataDir: read.text('DATA_DIR') ?? './data',
    mongodbUri: embedded ? undefined : uri,
    autoIndex: !production || embedded,
  };
}

function readAuth(read: EnvReader, production: boolean): AuthConfig {
  const jwksUri = read.url('JWT_JWKS_URI');
  const issuer = read.text('JWT_ISSUER');
  const audience = read.text('JWT_AUDIENCE');
  const jwtSecret = read.secret('JWT_SECRET');
  if (jwksUri !== undefined) {
    if (issuer === undefined) read.fail('JWT_ISSUER', 'is required with JWT_JWKS_URI');
    if (audience === undefined) read.fail('JWT_AUDIENCE', 'is required with JWT_JWKS_URI');
  } else if (jwtSecret === undefined && production) {
    read.fail('JWT_SECRET', 'is required in production (or JWT_JWKS_URI)');
  }
  if (jwtSecret !== undefined && jwtSecret.length < MIN_SECRET_CHARACTERS) {
    read.fail('JWT_SECRET', `must have at least ${MIN_SECRET_CHARACTERS} characters`);
  }
  return {
    jwtSecret,
    issuer: jwksUri === undefined ? undefined : { jwksUri, issuer: issuer ?? '', audience: audience ?? '' },
    accessTokenTtlSeconds: read.integer('ACCESS_TOKEN_TTL_S', 900, { min: 1 }),
    refreshTokenTtlSeconds: read.integer('REFRESH_TOKEN_TTL_S', 30 * 24 * 3600, { min: 1 }),
  };
}

function readAccounts(read: EnvReader, production: boolean): AccountsConfig {
  const email = read.text('ADMIN_EMAIL');
  const password = read.secret('ADMIN_PASSWORD');
  if (email !== undefined && password === undefined)
    read.fail('ADMIN_PASSWORD', 'is required with ADMIN_EMAIL');
  if (email === undefined && password !== undefined)
    read.fail('ADMIN_EMAIL', 'is required with ADMIN_PASSWORD');
  const demoPassword = read.secret('DEMO_PASSWORD');
  return {
    admin: email === undefined || password === undefined ? undefined : { email, password },
    demo: production
      ? undefined
      : { email: read.text('DEMO_EMAIL') ?? 'demo@tollgate.local', password: demoPassword },
    signupCredits: read.integer('SIGNUP_CREDITS', 100),
    registration: read.oneOf('REGISTRATION', ['open', 'closed'], 'open'),
  };
}

function readUpstream(read: EnvReader): UpstreamConfig {
  const flowise = read.url('FLOWISE_API_URL');
  const storm = read.url('STORM_API_URL');
  const openai = read.url('OPENAI_BASE_URL');
  return {
    flowise: flowise === undefined ? undefined : { url: flowise, apiKey: read.secret('FLOWISE_API_KEY') },
    storm: storm === undefined ? undefined : { url: storm, apiKey: read.secret('STORM_API_KEY') },
    openai:
      openai === undefined
        ? undefined
        : { url: openai, apiKey: read.secret('OPENAI_API_KEY'), model: read.text('OPENAI_MODEL') },
    headersTimeoutMs: read.integer('UPSTREAM_HEADERS_TIMEOUT_MS', 30_000, { min: 1 }),
    idleTimeoutMs: read.integer('UPSTREAM_IDLE_TIMEOUT_MS', 120_000, { min: 1 }),
    retries: read.integer('UPSTREAM_RETRIES', 2, { max: 5 }),
    historyTokens: read.integer('OPENAI_HISTORY_TOKENS', 8000, { max: 10_000_000 }),
    assistantDelayMs: read.integer('ASSISTANT_DELAY_MS', 25, { max: 10_000 }),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
