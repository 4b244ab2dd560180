import { ErasedIdentities } from '../../../src/auth/directory/erased-identities.service.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { AppConfig } from '../../../src/config/app-config.js';
import type { Principal } from '../../../src/contract/principal.js';
import { Clock } from '../../../src/platform/clock.port.js';
import { DEFAULT_TENANT } from '../../../src/platform/tenant.js';
import { StructuredLog, type LogFields } from '../../../src/platform/logging/structured-log.port.js';
import { sharedCaches } from '../shared-caches.js';
import { MemoryProviderSessionStore } from './memory-provider-session.store.js';

/** A clock that only the test moves. */
export class FixedClock extends Clock {
  constructor(public time = Date.UTC(2026, 0, 31, 12)) {
    super();
  }
  now(): number {
    return this.time;
  }
}

/** Keeps the warnings and errors that were logged. */
export class RecordingLog extends StructuredLog {
  readonly lines: { level: string; fields: LogFields; message: string }[] = [];
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(fields: LogFields, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }
  error(fields: LogFields, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }
  fatal(fields: LogFields, message: string): void {
    this.lines.push({ level: 'fatal', fields, message });
  }
  child(): StructuredLog {
    return this;
  }
}

export const EXTERNAL_ISSUER = {
  JWT_JWKS_URI: 'http://127.0.0.1:1/jwks',
  JWT_ISSUER: 'https://id.example',
  JWT_AUDIENCE: 'tollgate',
};

/** Who a request of this user comes from. */
export function principalOf(userId: string, changes: Partial<Principal> = {}): Principal {
  return { userId, tenantId: DEFAULT_TENANT, accountId: `account-of-${userId}`, roles: ['user'], ...changes };
}

/** Nobody was erased, until a test says so. */
export function erasedIdentities(clock: Clock = new FixedClock()): ErasedIdentities {
  return new ErasedIdentities(new MemoryProviderSessionStore(), clock, testConfig(), sharedCaches(clock));
}

export function testConfig(env: Record<string, string> = {}): AppConfig {
  return loadConfig({ NODE_ENV: 'test', ...env });
}
