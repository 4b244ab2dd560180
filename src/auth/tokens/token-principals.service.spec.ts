import { sharedCaches } from '../../../test/support/shared-caches.js';
import { FixedClock, RecordingLog, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { MemoryProviderSessionStore } from '../../../test/support/auth/memory-provider-session.store.js';
import { MemoryUserIdentityStore } from '../../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import type { AuditLog } from '../../audit/audit-log.service.js';
import type { IssuerConfig } from '../../config/app-config.js';
import { ErasedIdentities } from '../directory/erased-identities.service.js';
import type { ExternalNames } from '../directory/external-names.service.js';
import { StoredUserDirectory } from '../directory/stored-user-directory.service.js';
import { TenantMoves } from '../tenants/tenant-moves.service.js';
import { TokenPrincipals } from './token-principals.service.js';

const ADA = { issuer: 'https://id.example', subject: 'ada' };
const ISSUER = { id: 'id', issuer: ADA.issuer } as IssuerConfig;

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Writing down takes a moment, as a database does. */
const audit = {
  around: async (_question: unknown, work: () => Promise<unknown>) => {
    await tick();
    return work();
  },
  write: () => Promise.resolve('id'),
} as unknown as AuditLog;

function setUp() {
  const clock = new FixedClock();
  const [users, identities, store] = [
    new MemoryUserStore(),
    new MemoryUserIdentityStore(),
    new MemoryProviderSessionStore(),
  ];
  const erased = new ErasedIdentities(store, clock, testConfig(), sharedCaches(clock));
  const directory = new StoredUserDirectory(users, identities, erased, clock, sharedCaches(clock));
  const moves = new TenantMoves(users, directory, audit, new RecordingLog());
  const principals = new TokenPrincipals(
    directory,
    { principalOf: (identity: object) => identity } as unknown as ExternalNames,
    moves,
  );
  const come = (tenant: string, issuedAt: number) =>
    principals.find(
      { subject: ADA.subject, roles: [], issuedAt, expiresAt: Number.MAX_SAFE_INTEGER },
      `${tenant}-${issuedAt}`,
      ISSUER,
      tenant,
    );
  return { clock, users, identities, store, erased, directory, come };
}

describe('TokenPrincipals', () => {
  it('one token that comes several times at once is refused nowhere', async () => {
    const { come } = setUp();
    await come('one', 1000);
    const all = await Promise.allSettled([come('two', 2000), come('two', 2000), come('two', 2000)]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('a token stands for the tenant that it names or for nobody', async () => {
    const { come, users } = setUp();
    await come('one', 1000);
    const move = users.moveTo.bind(users);
    users.moveTo = async (id, tenantId, since) => {
      const moved = await move(id, tenantId, since);
      // A later token comes on another instance.
      await move(id, 'three', new Date(3000));
      return moved;
    };
    const outcome = await come('two', 2000).then(
      (principal) => principal?.tenantId,
      () => 'refused',
    );
    expect(outcome).toBe('refused');
  });

  it('a token that was issued before one of the tenant of now moves nobody', async () => {
    const { come, users } = setUp();
    await come('one', 1000);
    await come('one', 3000);
    await come('two', 2000).catch(() => undefined);
    expect([...users.users.values()].map(({ tenantId }) => tenantId)).toEqual(['one']);
  });
});

describe('erased identities', () => {
  it('a refused token that comes often costs one derivation', async () => {
    const { directory, erased, store, clock } = setUp();
    await erased.bury(ADA);
    let lookUps = 0;
    const find = store.find.bind(store);
    store.find = (id) => {
      lookUps += 1;
      return find(id);
    };
    for (let i = 0; i < 5; i += 1)
      await Promise.all(
        Array.from({ length: 4 }, () => directory.ensureIdentity(ADA, { issuedAt: clock.time })),
      );
    expect(lookUps).toBe(1);
  });

  it('of two erasures the later one counts, under whichever secret', async () => {
    const { store, clock } = setUp();
    const [OLD, NEW] = ['o'.repeat(40), 'n'.repeat(40)];
    const using = (env: Record<string, string>) =>
      new ErasedIdentities(store, clock, testConfig(env), sharedCaches(clock));
    await using({ JWT_SECRET: OLD }).bury(ADA);
    clock.time += 60_000;
    await using({ JWT_SECRET: NEW, JWT_OTHER_SECRET: OLD }).bury(ADA);
    const behind = using({ JWT_SECRET: OLD, JWT_OTHER_SECRET: NEW });
    expect(await behind.erasedAt(ADA)).toEqual(new Date(clock.time));
  });
});
