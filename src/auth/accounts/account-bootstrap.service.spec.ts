import {
  FixedClock,
  RecordingLog,
  testConfig,
  EXTERNAL_ISSUER,
} from '../../../test/support/auth/auth-fixtures.js';
import { MemoryUserStore } from '../../../test/support/auth/memory-user.store.js';
import { RecordingSignupCredits } from '../../../test/support/auth/recording-signup-credits.js';
import { AccountBootstrap } from './account-bootstrap.service.js';
import { AccountsService } from './accounts.service.js';
import { PasswordHasher } from './password-hasher.service.js';

const ADMIN = { ADMIN_EMAIL: 'Root@Example.com', ADMIN_PASSWORD: 'root-password' };

/** One start of the application over what earlier starts left. */
function setUp() {
  const users = new MemoryUserStore();
  const credits = new RecordingSignupCredits();
  const log = new RecordingLog();
  const accounts = new AccountsService(users, new PasswordHasher(), credits, new FixedClock(), log);
  const start = async (env: Record<string, string> = {}): Promise<AccountBootstrap> => {
    const bootstrap = new AccountBootstrap(testConfig(env), accounts, log);
    await bootstrap.onApplicationBootstrap();
    return bootstrap;
  };
  return { users, credits, log, accounts, start };
}

describe('AccountBootstrap', () => {
  it('makes a demo user with a generated password that works, is told once and stored only hashed', async () => {
    const { start, accounts, users, credits } = setUp();
    const { created } = await start();
    expect(created?.email).toBe('demo@tollgate.local');
    expect(created?.password).toMatch(/^[\w-]{22}$/);
    const { user, matches } = await accounts.checkPassword('demo@tollgate.local', created?.password ?? '');
    expect(matches).toBe(true);
    expect(user?.roles).toEqual(['user']);
    expect(credits.granted).toEqual([user?.accountId]);
    expect(user?.accountId).not.toBe(user?.id);
    expect(JSON.stringify([...users.users.values()])).not.toContain(created?.password);
  });

  it('finds the demo user of an earlier start and tells no password', async () => {
    const { start, users } = setUp();
    const first = await start();
    const before = [...users.users.values()];
    const second = await start();
    expect(second.created).toBeUndefined();
    expect(second.demoEmail).toBe(first.demoEmail);
    expect([...users.users.values()]).toEqual(before);
  });

  it('does not repeat a password that was given', async () => {
    const { start } = setUp();
    expect((await start({ DEMO_PASSWORD: 'open sesame' })).created).toEqual({ email: 'demo@tollgate.local' });
  });

  it('changes the password of an existing demo user to the one given', async () => {
    const { start, accounts } = setUp();
    await start();
    expect((await start({ DEMO_PASSWORD: 'open sesame' })).created).toBeUndefined();
    expect(await accounts.checkPassword('demo@tollgate.local', 'open sesame')).toMatchObject({
      matches: true,
    });
  });

  it('makes the admin if missing and leaves an existing one alone', async () => {
    const { start, accounts } = setUp();
    await start(ADMIN);
    await start({ ...ADMIN, ADMIN_PASSWORD: 'another-password' });
    const { user, matches } = await accounts.checkPassword('root@example.com', ADMIN.ADMIN_PASSWORD);
    expect([matches, user?.roles]).toEqual([true, ['user', 'admin']]);
  });

  it('does not make an admin of whoever registered the address before', async () => {
    const { start, accounts, log } = setUp();
    await accounts.create({ email: 'root@example.com', password: 'squatter', roles: ['user'] });
    await start(ADMIN);
    expect((await accounts.find('root@example.com'))?.roles).toEqual(['user']);
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
  });

  it('makes no account while an external issuer keeps them', async () => {
    const { start, users } = setUp();
    const bootstrap = await start({ ...EXTERNAL_ISSUER, ...ADMIN });
    expect(bootstrap.created).toBeUndefined();
    expect(bootstrap.demoEmail).toBeUndefined();
    expect(users.users.size).toBe(0);
  });

  it('makes the account even when its credits cannot be granted yet, and asks again at the next start', async () => {
    const { start, credits, users } = setUp();
    credits.failure = new Error('accounting is down');
    await start();
    credits.failure = undefined;
    await start();
    expect(credits.granted).toEqual([...users.users.values()].map(({ accountId }) => accountId));
  });
});
