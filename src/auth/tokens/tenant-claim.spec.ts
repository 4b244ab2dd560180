import { readTenant, type TenantPaths } from './tenant-claim.js';
import { TokenRefusedError } from './token-refused.error.js';

describe('The tenant of a token', () => {
  const paths = (changes: Partial<TenantPaths> = {}): TenantPaths => ({
    id: 'corp',
    tenantClaim: 'org.id',
    ...changes,
  });
  const says = (id: unknown) => ({ sub: 'ada', org: { id } });
  const MAP = { 'Acme Inc.': 'acme', 'Acme Ltd.': 'acme', Globex: 'globex' };

  it('is what the claim says, if that is the name of one', () => {
    expect(readTenant(says('acme'), paths())).toBe('acme');
    expect(readTenant(says(['acme']), paths())).toBe('acme');
    expect(readTenant(says('acme'), paths({ tenantClaim: undefined } as never))).toBeUndefined();
  });

  it.each<[string, unknown, Partial<TenantPaths>, string]>([
    ['by the map', 'Acme Inc.', { tenantMap: MAP }, 'acme'],
    ['by the only name of a list that is mapped', ['staff', 'Globex'], { tenantMap: MAP }, 'globex'],
    ['by two names of one', ['Acme Inc.', 'Acme Ltd.'], { tenantMap: MAP }, 'acme'],
    ['the default, where the name is not mapped', 'acme', { tenantMap: MAP, defaultTenant: 'rest' }, 'rest'],
    ['the default, where there is none', undefined, { defaultTenant: 'rest' }, 'rest'],
    ['the default, where the name is no name', 'a b', { defaultTenant: 'rest' }, 'rest'],
  ])('is told %s', (_how, said, changes, tenant) => {
    expect(readTenant(says(said), paths(changes))).toBe(tenant);
  });

  it.each<[string, unknown, Partial<TenantPaths>]>([
    ['no name', undefined, {}],
    ['no text', 7, {}],
    ['a name with a space', 'a b', {}],
    ['too long a name', 'a'.repeat(65), {}],
    ['a name that is not mapped', 'acme', { tenantMap: MAP }],
    ['a name that every object has', 'constructor', { tenantMap: MAP }],
    ['two tenants, whatever the default', ['Acme Inc.', 'Globex'], { tenantMap: MAP, defaultTenant: 'rest' }],
  ])('is refused for %s', (_what, said, changes) => {
    expect(() => readTenant(says(said), paths(changes))).toThrow(TokenRefusedError);
  });
});
