import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runUserCommand } from '../../src/cli/user/user-command.js';
import { startDatabaseUnderTest } from '../support/database-under-test.js';
import { ApiClient } from '../support/auth/api-client.js';
import { runCommand, type CommandRun } from '../support/run-command.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const BOSS = 'boss@example.com';
const EVE = 'eve@example.com';
const PASSWORD = 'the very first of all';
const NEW = 'battery staple of a horse';
const ACTOR = 'operator (command line)';

interface Row {
  readonly id: string;
  readonly email?: string;
  readonly roles: readonly string[];
  readonly disabledAt?: string;
}

/** What was written, as text. */
class Written {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

describe('npm run user', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-user-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  /** Within this process, whose modules are loaded already. */
  const user = async (
    args: readonly string[],
    input = '',
    env: Record<string, string> = {},
  ): Promise<CommandRun> => {
    const [stdout, stderr] = [new Written(), new Written()];
    const settings = { NODE_ENV: 'test', DATA_DIR: dataDir, ...env };
    const streams = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr };
    const code = await runUserCommand(args, () => settings, streams);
    return { code, stdout: stdout.text, stderr: stderr.text };
  };
  /** As it is typed: a program of its own. */
  const typed = (args: readonly string[], input = ''): Promise<CommandRun> =>
    runCommand('src/cli/user.ts', args, { DATA_DIR: dataDir }, input);
  const rows = async (...args: string[]): Promise<Row[]> => {
    const { stdout } = await user(['list', '--json', ...args]);
    return stdout
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  };
  const failing = (code: number, text: RegExp) =>
    expect.objectContaining({ code, stdout: '', stderr: expect.stringMatching(text) });

  async function withServer(work: (api: ApiClient, server: ServerProcess) => Promise<void>): Promise<void> {
    const settings = { DATA_DIR: dataDir, ASSISTANT_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '0' };
    const server = new ServerProcess(settings, serverFromSources);
    if ((await server.listening) === undefined) throw new Error(server.tail);
    try {
      await work(new ApiClient(server.url), server);
    } finally {
      server.signal('SIGTERM');
      await server.exited;
    }
  }

  it('makes the first admin before any server has run, whose password stands nowhere', async () => {
    const made = await typed(['create', '--email', 'Boss@Example.com', '--admin'], `${PASSWORD}\n`);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/^boss@example\.com: created \(user, admin; active\)\n$/);
    expect(await typed(['create', '--email', BOSS], `${PASSWORD}\n`)).toEqual(
      failing(1, /There is an account/),
    );
    expect(await rows()).toEqual([expect.objectContaining({ email: BOSS, roles: ['user', 'admin'] })]);
    await withServer(async (api) => {
      const boss = await api.logIn(BOSS, PASSWORD);
      expect((await boss.api.get('/auth/me')).body).toMatchObject({ roles: ['user', 'admin'] });
      expect((await boss.api.get('/accounting/balance')).body).toMatchObject({ available: 100 });
      await until(async () => (await boss.api.get('/audit/verification')).body.verified >= 3);
      const { body } = await boss.api.get(`/audit?action=user.create`);
      const [done, asked] = body.data;
      const common = {
        action: 'user.create',
        actorId: ACTOR,
        details: { roles: 'user admin', invited: false },
      };
      expect(asked).toMatchObject({ ...common, phase: 'asked' });
      expect(done).toMatchObject({ ...common, phase: 'done', answers: asked.id, targetKind: 'user' });
      expect(JSON.stringify(body)).not.toMatch(/boss@|very first/);
    });
  });

  it('works on the users of a server that runs, which then goes by it', async () => {
    await user(['create', '--email', BOSS, '--admin'], PASSWORD);
    await withServer(async (api) => {
      const boss = await api.logIn(BOSS, PASSWORD);
      const invited = await user(['create', '--email', EVE, '--invite', '--json']);
      const [created, { token }] = invited.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(created).toMatchObject({ email: EVE, roles: ['user'] });
      expect((await api.post('/auth/password-reset', { token, new_password: NEW })).status).toBe(204);
      const eve = await api.logIn(EVE, NEW);
      expect((await eve.api.get('/users')).status).toBe(403);

      expect(await user(['grant-admin', EVE])).toMatchObject({ code: 0 });
      await until(async () => (await eve.api.get('/users')).status === 200);
      expect(await typed(['disable', created.id])).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/ten seconds/),
      });
      await until(async () => (await eve.api.get('/auth/me')).status === 403);
      expect((await api.post('/auth/login', { email: EVE, password: NEW })).body.code).toBe(
        'account_disabled',
      );
      expect(await rows('--disabled')).toEqual([
        expect.objectContaining({ email: EVE, roles: ['user', 'admin'] }),
      ]);
      expect(await user(['enable', EVE])).toMatchObject({ code: 0 });
      expect(await user(['roles', EVE, 'user'])).toMatchObject({ code: 0 });

      expect(await user(['sign-out', BOSS])).toMatchObject({ code: 0 });
      await until(async () => (await boss.api.get('/auth/me')).status === 401);
      const reset = await user(['reset-password', BOSS], '', {
        PUBLIC_URL: 'https://chat.example/tollgate/',
      });
      const [, again] =
        /^https:\/\/chat\.example\/tollgate\/#\/reset-password\/(\S+)\n/.exec(reset.stdout) ?? [];
      expect((await api.post('/auth/password-reset', { token: again, new_password: NEW })).status).toBe(204);
      expect((await api.post('/auth/login', { email: BOSS, password: NEW })).status).toBe(200);
    });
  });

  it('leaves an admin, and says what it did not do', async () => {
    await user(['create', '--email', BOSS, '--admin'], PASSWORD);
    expect(await user(['disable', BOSS])).toEqual(failing(1, /last admin/));
    expect(await user(['roles', BOSS, 'user'])).toEqual(failing(1, /last admin/));
    expect(await user(['disable', 'nobody@example.com'])).toEqual(failing(1, /not found/));
    expect(await rows('--role', 'admin')).toEqual([expect.objectContaining({ email: BOSS })]);
  });

  it('takes no weak password, and none as an argument', async () => {
    expect(await typed(['create', '--email', EVE], 'short\n')).toEqual(failing(2, /8 to 128 characters/));
    expect(await user(['create', '--email', EVE], 'my name is eve')).toEqual(
      failing(2, /the name in the e-mail/),
    );
    expect(await typed(['create', '--email', EVE, '--password', PASSWORD])).toEqual(failing(2, /--password/));
    expect(await rows()).toEqual([]);
  });

  it('works on a database elsewhere', async () => {
    const database = await startDatabaseUnderTest(await mkdtemp(join(dataDir, 'elsewhere-')));
    const env = { MONGODB_URI: `${database.uri.replace(/\/$/, '')}/users_of_a_command` };
    try {
      expect(await user(['create', '--email', EVE], PASSWORD, env)).toMatchObject({ code: 0 });
      expect((await user(['list'], '', env)).stdout).toContain(EVE);
    } finally {
      await database.close();
    }
    expect(await user(['list'], '', env)).toEqual(failing(1, /cannot be reached/));
  });
});
