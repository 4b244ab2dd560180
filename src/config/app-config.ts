import type { Bypass } from '../contract/bypass.js';
import type { FaultPoint } from '../contract/fault-point.js';

/** Every setting of the product, typed and frozen. Names, defaults and units stand in `.env.example`. */
export abstract class AppConfig {
  abstract readonly environment: 'production' | 'development' | 'test';
  abstract readonly http: HttpConfig;
  abstract readonly database: DatabaseConfig;
  abstract readonly auth: AuthConfig;
  abstract readonly accounts: AccountsConfig;
  abstract readonly accounting: AccountingConfig;
  abstract readonly limits: LimitsConfig;
  abstract readonly upstream: UpstreamConfig;
  abstract readonly turns: TurnsConfig;
  abstract readonly dialects: DialectsConfig;
  abstract readonly logging: LoggingConfig;
  abstract readonly operations: OperationsConfig;
}

export interface HttpConfig {
  readonly port: number;
  readonly host: string;
  readonly corsOrigins: readonly string[];
  /** How many proxies in front may be believed about the client's address. */
  readonly trustProxyHops: number;
}

export interface DatabaseConfig {
  /** Folder of the embedded database and of generated secrets. */
  readonly dataDir: string;
  /** Unset: the embedded database in `dataDir`. */
  readonly mongodbUri: string | undefined;
  /** Whether mongoose builds indexes at start; off in production, where `npm run db:indexes` does. */
  readonly autoIndex: boolean;
}

export interface AuthConfig {
  /** Own HS256 secret; unset outside production: generated once and kept in the data folder. */
  readonly jwtSecret: string | undefined;
  readonly issuer:
    { readonly jwksUri: string; readonly issuer: string; readonly audience: string } | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
}

export interface AccountsConfig {
  readonly admin: { readonly email: string; readonly password: string } | undefined;
  /** Whether a demo user exists; its password is generated and printed when it is not given. Never in production. */
  readonly demo: { readonly email: string; readonly password: string | undefined } | undefined;
  readonly signupCredits: number;
  readonly registration: 'open' | 'closed';
}

export interface AccountingConfig {
  /** Set: an existing accounting service keeps the credits. */
  readonly externalUrl: string | undefined;
  /** Authenticates calls without a user's token (after a restart). */
  readonly externalKey: string | undefined;
  readonly timeoutMs: number;
}

export interface LimitsConfig {
  readonly turnsPerMinute: number;
  readonly concurrentTurns: number;
  /** Per instance. */
  readonly maxOpenTurns: number;
}

export interface UpstreamConfig {
  readonly flowise: { readonly url: string; readonly apiKey: string | undefined } | undefined;
  readonly storm: { readonly url: string; readonly apiKey: string | undefined } | undefined;
  readonly openai:
    | { readonly url: string; readonly apiKey: string | undefined; readonly model: string | undefined }
    | undefined;
  /** Longest wait for the response's status and headers. */
  readonly headersTimeoutMs: number;
  /** Longest silence between events; heartbeats don't count as events. */
  readonly idleTimeoutMs: number;
  /** How often a call that failed before any content is made again. */
  readonly retries: number;
  /** How much of a session an upstream without a memory of its own is told, in estimated tokens. */
  readonly historyTokens: number;
  /** Pause between the assistant's word chunks. */
  readonly assistantDelayMs: number;
}

export interface TurnsConfig {
  /** Longest a turn may take, retries included. */
  readonly timeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly shutdownGraceMs: number;
  readonly leaseMs: number;
  /** How long the record of an ended turn stays; messages and ledger rows have their own lives. */
  readonly retentionMs: number;
  /** For fault tests: the moment of a turn's life at which the process kills itself. */
  readonly faultPoint: FaultPoint | undefined;
  /** How often that moment passes unharmed before. */
  readonly faultAfter: number;
}

export interface DialectsConfig {
  /** The chatflow of clients whose wire format names none. */
  readonly defaultChatflow: string;
  /** The chatflow of Storm clients that name no buckets. */
  readonly stormChatflow: string;
}

export interface LoggingConfig {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export interface OperationsConfig {
  /** Set: `/metrics` wants it as bearer token. */
  readonly metricsToken: string | undefined;
  /** What is done the usual way instead of the faster one (docs/bypasses.md). */
  readonly bypassesOff: readonly Bypass[];
}
