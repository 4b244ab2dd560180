import { sharedCaches } from '../../../test/support/shared-caches.js';
import {
  erasedIdentities,
  EXTERNAL_ISSUER,
  FixedClock,
  testConfig,
} from '../../../test/support/auth/auth-fixtures.js';
import { MemoryUserIdentityStore } from '../../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import { ExternalNames } from './external-names.service.js';
import { StoredUserDirectory } from './stored-user-directory.service.js';

const CORP = { id: 'corp', name: 'Corp', issuer: 'https://corp.example', audience: 'tollgate' };
const TWO = { OIDC_ISSUERS: JSON.stringify([CORP, { ...CORP, id: 'lab', issuer: 'https://lab.example' }]) };

function setUp(env: Record<string, string>) {
  const clock = new FixedClock();
  const stores = [new MemoryUserStore(), new MemoryUserIdentityStore()] as const;
  const directory = new StoredUserDirectory(...stores, erasedIdentities(clock), clock, sharedCaches(clock));
  return { directory, names: new ExternalNames(directory, testConfig(env)) };
}

describe('ExternalNames', () => {
  it('are subjects, where everybody comes from one issuer', async () => {
    const { directory, names } = setUp(EXTERNAL_ISSUER);
    const identity = { issuer: EXTERNAL_ISSUER.JWT_ISSUER, subject: 'corp:ada' };
    const ada = await directory.ensureIdentity(identity);
    expect(await names.nameOf(ada?.userId ?? '')).toBe('corp:ada');
    expect(names.identityOf('corp:ada')).toEqual(identity);
  });

  it.each([
    ['there are several', TWO],
    [
      'there are own accounts',
      { ...EXTERNAL_ISSUER, OWN_ACCOUNTS: 'on', OIDC_ISSUERS: JSON.stringify([CORP]) },
    ],
  ])('begin with the id of the issuer, where %s', async (_where, env) => {
    const { directory, names } = setUp(env);
    const identity = { issuer: CORP.issuer, subject: 'a:b' };
    const ada = await directory.ensureIdentity(identity);
    expect(await names.nameOf(ada?.userId ?? '')).toBe('corp:a:b');
    expect(names.identityOf('corp:a:b')).toEqual(identity);
    for (const name of ['ada', 'nobody:ada', 'corp:', ':ada', 'corp'])
      expect(names.identityOf(name)).toBeUndefined();
  });

  it('are none of own accounts, and of users of an issuer that is not there any more', async () => {
    const { directory, names } = setUp(TWO);
    const gone = await directory.ensureIdentity({ issuer: 'https://gone.example', subject: 'ada' });
    expect(await names.nameOf(gone?.userId ?? '')).toBeUndefined();
    expect(await names.nameOf('somebody')).toBeUndefined();
  });
});
