import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { sharedCaches } from '../../test/support/shared-caches.js';
import { FixedClock, principalOf, RecordingLog, testConfig } from '../../test/support/auth/auth-fixtures.js';
import { MemoryProviderSessionStore } from '../../test/support/auth/memory-provider-session.store.js';
import { MemoryUserIdentityStore } from '../../test/support/auth/memory-user-identity.store.js';
import { MemoryUserStore } from '../../test/support/auth/memory-user.store.js';
import type { AuditLog } from '../audit/audit-log.service.js';
import { detailsOf } from '../audit/audit-details.js';
import type { HistoryStore } from '../chat/records/history.store.port.js';
import type { SearchIndexStore } from '../chat/search/search-index.store.port.js';
import { SearchService } from '../chat/search/search.service.js';
import type { IssuerConfig } from '../config/app-config.js';
import { whileAllowed } from '../privacy/export/while-allowed.js';
import { UserExportRequestDto } from '../privacy/export/user-export.dto.js';
import { BackchannelLogout } from './backchannel/backchannel-logout.service.js';
import { ProviderSessions } from './backchannel/provider-sessions.service.js';
import { ErasedIdentities } from './directory/erased-identities.service.js';
import type { ExternalNames } from './directory/external-names.service.js';
import { StoredUserDirectory } from './directory/stored-user-directory.service.js';
import { TenantMoves } from './tenants/tenant-moves.service.js';
import { LOGOUT_EVENT } from './tokens/logout-token.js';
import { TokenPrincipals } from './tokens/token-principals.service.js';

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

describe('tenants', () => {
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

  it("a provider's word makes nobody of one who was erased", async () => {
    const { directory, erased, store, users, clock } = setUp();
    await erased.bury(ADA);
    clock.time += 60_000;
    const iat = Math.floor(clock.time / 1000);
    const claims = { sub: ADA.subject, iat, exp: iat + 60, jti: 'one', events: { [LOGOUT_EVENT]: {} } };
    const issuer = {
      config: { id: 'id', issuer: ADA.issuer, clockToleranceSeconds: 0 },
      tokens: { verifyLogout: () => Promise.resolve(claims) },
    };
    const sessions = new ProviderSessions(store, clock, sharedCaches(clock));
    const noted = { note: () => undefined };
    const logouts = new BackchannelLogout(
      ...([
        ...[{ named: () => issuer }, noted, sessions, store, users, directory],
        ...[{ revoked: () => Promise.resolve() }, audit, noted, clock, new RecordingLog(), erased],
      ] as unknown as ConstructorParameters<typeof BackchannelLogout>),
    );
    await logouts.logOut('token', '127.0.0.1');
    expect(users.users.size).toBe(0);
    // And a token from between is as bad as it would be without the erasure.
    expect(await directory.ensureIdentity(ADA, { issuedAt: iat * 1000 })).toBeUndefined();
  });
});

describe('sessions at providers', () => {
  it('an end counts at once for whoever has the session now', async () => {
    const clock = new FixedClock();
    const sessions = new ProviderSessions(new MemoryProviderSessionStore(), clock, sharedCaches(clock));
    const who = (userId: string) =>
      principalOf(userId, { ...ADA, issuerSession: 'sid', issuedAt: clock.time });
    // Erased and come again, within the same session at the provider.
    expect(await sessions.isEnded(who('before'))).toBe(false);
    expect(await sessions.isEnded(who('after'))).toBe(false);
    expect(await sessions.userOf(ADA.issuer, 'sid')).toBe('after');
    await sessions.end({ issuer: ADA.issuer, kind: 'sid', name: 'sid', endedAt: new Date(clock.time) });
    expect(await sessions.isEnded(who('after'))).toBe(true);
  });
});

describe('the reason of an export', () => {
  it.each(['😀'.repeat(150), `a${'x\uFE0F'.repeat(150)}`])(
    'is in the log whole, or refused: %#',
    (reason) => {
      const dto = plainToInstance(UserExportRequestDto, { reason });
      if (validateSync(dto).length > 0) return;
      expect(detailsOf({ reason }, { reason: 'reason' })).toEqual({ reason });
    },
  );
});

describe('a search', () => {
  it('skips nothing where two entries stand at one place at the border of a page', async () => {
    const entry = (id: string, order: number) => ({
      ...{ id, userId: 'ada', sessionId: 's', kind: 'turn' as const, messageIds: [id], order },
    });
    const entries = [entry('c', 9), entry('b', 5), entry('a', 5), entry('z', 1)];
    const index = {
      placesOf: (_user: string, _term: string, limit: number, behind = Infinity) =>
        Promise.resolve(
          entries
            .map(({ order }) => order)
            .filter((order) => order < behind)
            .slice(0, limit),
        ),
      entriesAt: (_user: string, places: readonly number[]) =>
        Promise.resolve(entries.filter(({ order }) => places.includes(order))),
    } as unknown as SearchIndexStore;
    const history = {
      findMessages: (_user: string, ids: readonly string[]) =>
        Promise.resolve(ids.map((id) => ({ id, content: 'milk' }))),
      findSessions: () => Promise.resolve([{ id: 's', topic: '' }]),
    } as unknown as HistoryStore;
    const search = new SearchService(index, history);
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await search.search('ada', 'milk ', 2, after);
      for (const session of page.sessions) for (const one of session.matches) found.push(one.message.id);
      if (page.nextCursor === null) break;
      after = page.nextCursor;
    }
    expect(found.sort()).toEqual(['a', 'b', 'c', 'z']);
  });
});

describe('an export of somebody else', () => {
  it('ends where its reader is no admin any more', async () => {
    let time = 0;
    let isAllowed = true;
    async function* lines() {
      for (let line = 1; line <= 10; line += 1) {
        await tick();
        yield line;
      }
    }
    const read: number[] = [];
    const reading = (async () => {
      for await (const line of whileAllowed(
        lines(),
        () => Promise.resolve(isAllowed),
        () => time,
      )) {
        read.push(line);
        time += 600;
        if (line === 3) isAllowed = false;
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'forbidden' });
    expect(read.length).toBeLessThanOrEqual(5);
  });
});
