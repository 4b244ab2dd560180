import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { walk, type Answers } from '../support/oidc/form-walk.js';
import { PageProvider } from '../support/oidc/page-provider.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { KEYS, talk, type Step, type Talk } from './terminal-person.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = ['--import', './test/support/typescript-hook.mjs', 'src/cli/tollgate.ts'];
const SHOWN = /Open (\S+)\s+and see that it shows the code (\S{4}-\S{4})\s[^]*gives up\.\s/;

describe('The terminal signs in at identity providers', () => {
  let corp: PageProvider;
  let server: TestServer;
  let configHome: string;

  beforeAll(async () => {
    // Shorter than the margin of the client: each request renews.
    corp = await PageProvider.start({ id: 'corp', name: 'Example Corp', accessTokenTtl: 15 });
    const brief = { ...corp.setting, id: 'other', name: 'Other', issuer: `${corp.issuer}/not-there` };
    server = await startTestServer({ OIDC_ISSUERS: JSON.stringify([corp.setting, brief]) });
    configHome = await mkdtemp(join(tmpdir(), 'tollgate-terminal-'));
  });
  afterAll(async () => {
    await server.close();
    await corp.close();
    await rm(configHome, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await rm(join(configHome, 'tollgate'), { recursive: true, force: true });
    corp.asked.length = 0;
  });

  function converse(words: readonly string[], script: readonly Step[], url = server.url): Promise<Talk> {
    const env = {
      ...{ PATH: process.env.PATH, TERM: 'xterm', NO_COLOR: '1' },
      ...{ XDG_CONFIG_HOME: configHome, TOLLGATE_URL: url },
    };
    // Without a shell between: that would have a say in what Ctrl-C ends with.
    return talk(['exec', process.execPath, ...PROGRAM, ...words], { cwd: ROOT, env }, script);
  }

  /** Goes to the address that the terminal shows. What comes of it is to be seen there. */
  const goThere =
    (answers: Answers, until?: (page: string) => boolean) =>
    (seen: string): void => {
      const [, address = '', code = ''] = SHOWN.exec(seen) ?? [];
      pages.push(
        walk(address, answers, (page) => {
          if (page.includes('Confirm Device') && !page.includes(code)) throw new Error('another code');
          return until?.(page) === true;
        }),
      );
    };
  const pages: Promise<unknown>[] = [];
  afterEach(async () => {
    await Promise.all(pages.splice(0));
  });
  const asAda = goThere({ login: 'ada', password: 'any' });
  const tokens = () => readFile(join(configHome, 'tollgate/tokens.json'), 'utf8');
  const renewals = () => corp.asked.filter((request) => request === 'POST /token').length;

  it('shows where to go, waits, chats through renewals, and is signed in the next time', async () => {
    const first = await converse(
      [],
      [
        [/1 {2}Example Corp\s+2 {2}Other\s+3 {2}E-mail and password\s+How \(1-3\): $/, '4\r'],
        [/How \(1-3\): $/, '1\r'],
        [SHOWN, asAda],
        [/> $/, 'add a task to buy milk\r'],
        [/Added task 1[^]*> $/, 'add a task to buy bread\r'],
        [/Added task 2[^]*> $/, KEYS.end],
      ],
    );
    expect([first.code, first.shown]).toEqual([0, expect.stringContaining('Added task 2')]);
    expect((await stat(join(configHome, 'tollgate/tokens.json'))).mode & 0o777).toBe(0o600);
    expect(renewals()).toBeGreaterThan(2);
    const again = await converse(['login', '--provider', 'corp'], [[SHOWN, asAda]]);
    expect([again.code, again.shown]).toEqual([0, expect.stringContaining('Signed in as ada@example.com')]);
    const balance = await converse(['balance'], []);
    expect([balance.code, balance.shown.trim()]).toEqual([0, '98 credits available']);
  });

  it('signs out at the provider', async () => {
    await converse(['login', '--provider', "'Example Corp'"], [[SHOWN, asAda]]);
    const { refreshToken } =
      Object.values(JSON.parse(await tokens()) as Record<string, { refreshToken: string }>)[0] ?? {};
    expect((await converse(['logout'], [])).code).toBe(0);
    expect(await tokens()).toBe('{}');
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken ?? '',
      client_id: 'tollgate-terminal',
    });
    expect((await fetch(`${corp.issuer}/token`, { method: 'POST', body })).status).toBe(400);
  });

  it('says what to do when the provider has ended it', async () => {
    await converse(['login', '--provider', 'corp'], [[SHOWN, asAda]]);
    corp.forgetEverybody();
    const { code, shown } = await converse(['balance'], []);
    expect([code, shown]).toEqual([2, expect.stringContaining('Sign in with: tollgate login')]);
  });

  it('says so when it is denied', async () => {
    const deny = goThere({ abort: 'yes' }, (page) => page.includes('interrupted'));
    const { code, shown } = await converse(['login', '--provider', 'corp'], [[SHOWN, deny]]);
    expect([code, shown]).toEqual([1, expect.stringContaining('The sign-in was denied at Example Corp.')]);
  });

  it('gives up on Ctrl-C', async () => {
    const { code, shown } = await converse(['login', '--provider', 'corp'], [[SHOWN, KEYS.interrupt]]);
    expect([code, shown]).toEqual([2, expect.stringMatching(/gives up\.[^]*Not signed in\./)]);
  });

  it('says so when the provider cannot be reached or is not one, and which there are', async () => {
    corp.goAway();
    const away = await converse(['login', '--provider', 'corp'], []);
    corp.comeBack();
    expect([away.code, away.shown]).toEqual([1, expect.stringContaining('Example Corp cannot be reached.')]);
    const none = await converse(['login', '--provider', 'other'], []);
    expect([none.code, none.shown]).toEqual([1, expect.stringContaining('Other cannot be used')]);
    const unknown = await converse(['login', '--provider', 'nobody'], []);
    expect([unknown.code, unknown.shown]).toEqual([2, expect.stringContaining('There are: corp, other')]);
  });

  it('lets a code expire', async () => {
    const hasty = await PageProvider.start({ id: 'hasty', name: 'Hasty', deviceCodeTtl: 1 });
    const settings = { OIDC_ISSUERS: JSON.stringify([hasty.setting]), OWN_ACCOUNTS: 'off' };
    const other = await startTestServer(settings);
    // The only way there is.
    const { code, shown } = await converse([], [[SHOWN, () => undefined]], other.url);
    expect([code, shown]).toEqual([1, expect.stringContaining('The code has expired')]);
    await other.close();
    await hasty.close();
  });
});
