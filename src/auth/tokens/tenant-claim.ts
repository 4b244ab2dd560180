import { isTenantId } from '../../contract/tenant.js';
import { valueAt } from './claim-path.js';
import { TokenRefusedError } from './token-refused.error.js';

/** Where the tokens of an issuer name the tenant, and what that means. */
export interface TenantPaths {
  /** The issuer's short name, for the log. */
  readonly id: string;
  /** Absent: its tokens say nothing of tenants. */
  readonly tenantClaim?: string;
  /** Tenants of ours by what the claim says; where there is a map, nothing else counts. */
  readonly tenantMap?: Readonly<Record<string, string>>;
  /** Of tokens that name none that counts. Absent: such tokens are refused. */
  readonly defaultTenant?: string;
}

/**
 * Reads the tenant from the claims of a verified token. Some issuers write a list, as of groups: then exactly one of its names has to count.
 * @returns `undefined` when the issuer's tokens say nothing of tenants
 * @throws TokenRefusedError for a token that names none that counts, or several, where there is no tenant for those
 */
export function readTenant(payload: unknown, paths: TenantPaths): string | undefined {
  const { id, tenantClaim, tenantMap, defaultTenant } = paths;
  if (tenantClaim === undefined) return undefined;
  const found = valueAt(payload, tenantClaim);
  const names: readonly unknown[] = Array.isArray(found) ? found : [found];
  const tenants = new Set(names.flatMap((name) => tenantNamed(name, tenantMap) ?? []));
  const [tenant] = tenants;
  if (tenant !== undefined && tenants.size === 1) return tenant;
  // Of several nobody can tell which one is meant: no default may hide that.
  if (tenant === undefined && defaultTenant !== undefined) return defaultTenant;
  throw new TokenRefusedError({ reason: 'tenant', found, issuer: id });
}

function tenantNamed(name: unknown, map: TenantPaths['tenantMap']): string | undefined {
  if (map === undefined) return isTenantId(name) ? name : undefined;
  return typeof name === 'string' && Object.hasOwn(map, name) ? map[name] : undefined;
}
