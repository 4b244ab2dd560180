import type { Environment } from './schema/setting.js';
import type { AccountingConfig } from './settings/accounting.settings.js';
import type { AccountsConfig } from './settings/accounts.settings.js';
import type { IssuerConfig } from './issuers/issuer-config.js';
import type { AuthConfig } from './settings/auth.settings.js';
import type { ClusterConfig, RedisConfig } from './settings/cluster.settings.js';
import type { DatabaseConfig } from './settings/database.settings.js';
import type { DialectsConfig } from './settings/dialects.settings.js';
import type { LoggingConfig } from './settings/general.settings.js';
import type { HttpConfig } from './settings/http.settings.js';
import type { LimitsConfig } from './settings/limits.settings.js';
import type { MailConfig, SmtpConfig } from './settings/mail.settings.js';
import type { OperationsConfig } from './settings/operations.settings.js';
import type { TracingConfig } from './settings/tracing.settings.js';
import type { TurnsConfig } from './settings/turns.settings.js';
import type { UpstreamConfig } from './settings/upstream.settings.js';

export { SINGLE_ISSUER_ID } from './issuers/issuer-config.js';
export type {
  AccountingConfig,
  AccountsConfig,
  AuthConfig,
  ClusterConfig,
  DatabaseConfig,
  DialectsConfig,
  HttpConfig,
  IssuerConfig,
  LimitsConfig,
  LoggingConfig,
  MailConfig,
  OperationsConfig,
  RedisConfig,
  SmtpConfig,
  TracingConfig,
  TurnsConfig,
  UpstreamConfig,
};

/** Every setting of the product, typed and frozen. Each is declared in `settings/`. */
export abstract class AppConfig {
  abstract readonly environment: Environment;
  abstract readonly http: HttpConfig;
  abstract readonly database: DatabaseConfig;
  abstract readonly cluster: ClusterConfig;
  abstract readonly auth: AuthConfig;
  abstract readonly accounts: AccountsConfig;
  abstract readonly mail: MailConfig;
  abstract readonly accounting: AccountingConfig;
  abstract readonly limits: LimitsConfig;
  abstract readonly upstream: UpstreamConfig;
  abstract readonly turns: TurnsConfig;
  abstract readonly dialects: DialectsConfig;
  abstract readonly logging: LoggingConfig;
  abstract readonly operations: OperationsConfig;
  /** Absent: no tracing. */
  abstract readonly tracing: TracingConfig | undefined;
  /** What is odd about the settings and does not keep from starting, in sentences without values: for the log. */
  abstract readonly notices: readonly string[];
}
