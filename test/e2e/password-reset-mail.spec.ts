import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MAX_RESET_MAILS_PER_EMAIL,
  MAX_RESET_REQUESTS_PER_ADDRESS,
} from '../../src/auth/passwords/reset-requests.service.js';
import { makeCertificate } from '../cluster/support/certificate.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { MailServer, type MailServerOptions } from '../support/mail/mail-server.js';
import { serverFromSources, ServerProcess } from '../support/server-process.js';
import { startTestServer } from '../support/test-server.js';
import { until } from '../support/until.js';

const ADMIN = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'the very first boss' };
const NEW = 'battery staple';
const LINK = /https:\/\/chat\.example\/#\/reset-password\/([\w.-]+)/;

const settingsFor = ({ port }: MailServer) => ({
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  SMTP_TLS: 'off',
  MAIL_FROM: 'Tollgate <noreply@chat.example>',
  PUBLIC_URL: 'https://chat.example/',
  TRUST_PROXY_HOPS: '1',
});

describe('a forgotten password', () => {
  let mails: MailServer;
  let server: AuthServer;
  let api: ApiClient;
  let boss: ApiClient;
  let names = 0;
  beforeAll(async () => {
    mails = await MailServer.start();
    server = await startAuthServer({ ...ADMIN, ...settingsFor(mails) });
    api = new ApiClient(server.url);
    boss = (await api.logIn(ADMIN.ADMIN_EMAIL, ADMIN.ADMIN_PASSWORD)).api;
  });
  afterAll(async () => {
    await server.close();
    await mails.close();
  });

  /** Asked from an address of its own. */
  const ask = (email: string, headers: Record<string, string> = {}, from = `192.0.2.${(names += 1)}`) =>
    api.with({ 'x-forwarded-for': from, ...headers }).post('/auth/password-reset-requests', { email });
  const someone = async () => {
    const email = `someone-${(names += 1)}@example.com`;
    return { ...(await api.signUp(email)), email };
  };
  const mailsTo = (email: string) => mails.received.filter(({ to }) => to.includes(email));
  const entries = async (query: string) =>
    (await boss.get(`/audit?action=user.request-reset${query}`)).body.data;

  it('is set by the link of a mail, once', async () => {
    const ada = await someone();
    expect(await ask(ada.email.toUpperCase())).toMatchObject({ status: 202, body: { accepted: true } });
    await until(() => mailsTo(ada.email).length === 1);
    const [mail] = mailsTo(ada.email);
    expect(mail).toMatchObject({ from: 'noreply@chat.example', subject: 'Set a new password' });
    const [, token] = LINK.exec(mail?.text ?? '') ?? [];
    const reset = () => api.post('/auth/password-reset', { token, new_password: NEW });
    expect([(await reset()).status, (await reset()).status]).toEqual([204, 401]);
    expect((await api.post('/auth/login', { email: ada.email, password: NEW })).status).toBe(200);
    await until(async () => (await entries(`&targetId=${ada.userId}`)).length === 2);
    const found = await entries(`&targetId=${ada.userId}`);
    expect(found).toMatchObject([{ phase: 'done', answers: found[1].id }, { phase: 'asked' }]);
    expect(JSON.stringify(found)).not.toContain(token);
  });

  it('is told in the language of whoever asks, if there is one', async () => {
    const [ada, bob] = [await someone(), await someone()];
    await ask(ada.email, { 'accept-language': 'fr-FR, de-CH;q=0.8, en;q=0.5' });
    await ask(bob.email, { 'accept-language': 'fr' });
    await until(() => mailsTo(bob.email).length === 1);
    expect(mailsTo(ada.email)[0]?.text).toMatch(/Der Link gilt einmal/);
    expect(mailsTo(bob.email)[0]?.text).toMatch(/The link is good once/);
  });

  it('is for nobody whose address has line breaks, or is several', async () => {
    const addresses = ['"a\r\nBcc: b@evil.example"@example.com', 'a@example.com\r\nBcc: b@evil.example'];
    for (const email of [...addresses, 'a@example.com, b@evil.example', 'a: b@evil.example;@example.com']) {
      expect([email, (await ask(email)).status]).toEqual([email, 400]);
      const { status } = await api.post('/auth/register', { email, password: NEW });
      expect([email, status]).toEqual([email, 400]);
    }
    expect(mails.received.filter(({ to }) => to.some((one) => one.includes('evil')))).toEqual([]);
  });

  it('is answered the same for nobody and for the disabled, who get nothing', async () => {
    const ada = await someone();
    const last = await someone();
    await boss.patch(`/users/${ada.userId}`, { disabled: true });
    const answers = [await ask('nobody@example.com'), await ask(ada.email), await ask(last.email)];
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      answers.map(() => [202, { accepted: true }]),
    );
    // They are served one after the other.
    await until(() => mailsTo(last.email).length === 1);
    expect(mails.received.flatMap(({ to }) => to)).not.toEqual(expect.arrayContaining([ada.email]));
    expect(mails.received.flatMap(({ to }) => to)).not.toEqual(
      expect.arrayContaining(['nobody@example.com']),
    );
    const codes = (await entries('')).filter((entry: { phase: string }) => entry.phase === 'refused');
    expect(codes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'not_found' }),
        expect.objectContaining({ code: 'account_disabled', targetId: ada.userId }),
      ]),
    );
    expect(JSON.stringify(codes)).not.toContain('nobody@');
  });

  it('fills nobody’s mailbox, and comes not too often from one address', async () => {
    const [ada, last] = [await someone(), await someone()];
    for (let count = 0; count < MAX_RESET_MAILS_PER_EMAIL + 2; count += 1)
      expect((await ask(ada.email)).status).toBe(202);
    await ask(last.email);
    await until(() => mailsTo(last.email).length === 1);
    expect(mailsTo(ada.email)).toHaveLength(MAX_RESET_MAILS_PER_EMAIL);
    // Only the last token is good.
    const tokens = mailsTo(ada.email).map(({ text }) => LINK.exec(text)?.[1]);
    const statuses = [];
    for (const token of tokens)
      statuses.push((await api.post('/auth/password-reset', { token, new_password: NEW })).status);
    expect(statuses).toEqual([401, 401, 401, 401, 204]);
    const from = '198.51.100.1';
    for (let count = 0; count < MAX_RESET_REQUESTS_PER_ADDRESS; count += 1)
      expect((await ask('nobody@example.com', {}, from)).status).toBe(202);
    expect(await ask('nobody@example.com', {}, from)).toMatchObject({
      status: 429,
      body: { code: 'rate_limited' },
    });
    expect((await ask('not an address')).status).toBe(400);
  });

  it('is tried again when the mail server has a bad moment', async () => {
    const ada = await someone();
    const before = mails.attempts;
    mails.refuses = 1;
    await ask(ada.email);
    await until(() => mailsTo(ada.email).length === 1);
    expect(mails.attempts).toBe(before + 2);
  });

  it('is not for mail where none is sent', async () => {
    const without = await startAuthServer(ADMIN);
    try {
      const answer = await new ApiClient(without.url).post('/auth/password-reset-requests', {
        email: 'a@example.com',
      });
      expect(answer).toMatchObject({
        status: 403,
        body: { code: 'forbidden', detail: expect.stringMatching(/No mail is sent here/) },
      });
    } finally {
      await without.close();
    }
  });
});

describe('mail and TLS', () => {
  let folder: string;
  let ca: string;
  let tls: { readonly key: string; readonly cert: string };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-mail-'));
    const files = await makeCertificate(folder);
    ca = files.ca;
    tls = { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  type Start = (
    settings: Readonly<Record<string, string>>,
    onLog: (text: string) => void,
  ) => Promise<{ readonly url: string; close(): Promise<void> }>;

  const within: Start = (settings, write) => startTestServer(settings, { logDestination: { write } });
  /** Node reads which authorities it trusts when it starts. */
  const trusting =
    (authority: string): Start =>
    async (settings, onLog) => {
      const env = {
        ...{ ...settings, NODE_EXTRA_CA_CERTS: authority },
        DATA_DIR: await mkdtemp(join(folder, 'data-')),
      };
      const server = new ServerProcess(env, serverFromSources, [], onLog);
      if ((await server.listening) === undefined) throw new Error(server.tail);
      return { url: server.url, close: () => server.kill() };
    };

  /** A server that was asked for a mail; what it logged until the mail came, or was given up. */
  async function asked(options: MailServerOptions, start: Start) {
    const mails = await MailServer.start({ asksWho: true, ...options });
    let log = '';
    const settings = {
      ...ADMIN,
      ...{ MAIL_FROM: 'noreply@chat.example', PUBLIC_URL: 'https://chat.example', LOG_LEVEL: 'info' },
      SMTP_URL: `smtp://tollgate:a%20secret@localhost:${mails.port}`,
    };
    try {
      const server = await start(settings, (text) => (log += text));
      try {
        const api = new ApiClient(server.url);
        const email = ADMIN.ADMIN_EMAIL;
        expect((await api.post('/auth/password-reset-requests', { email })).status).toBe(202);
        await until(() => mails.received.length > 0 || log.includes('could not be sent'));
        return { mails, log };
      } finally {
        await server.close();
      }
    } finally {
      await mails.close();
    }
  }

  it('is sent through TLS to a server whose certificate is good', async () => {
    const { mails, log } = await asked({ tls }, trusting(ca));
    expect(mails.received).toMatchObject([{ isTls: true, by: 'tollgate' }]);
    expect(mails.signedIn).toEqual(['tollgate:a secret']);
    expect(log).not.toMatch(/a secret|a%20secret|reset-password\//);
  });

  it.each([
    ['a certificate that nobody vouches for', true],
    ['no STARTTLS', false],
  ])('is not sent, nor is the password, to a server with %s', async (_what, hasTls) => {
    const { mails, log } = await asked(hasTls ? { tls } : {}, within);
    expect([mails.received, mails.signedIn]).toEqual([[], []]);
    expect(log).not.toMatch(/a secret|a%20secret|reset-password\//);
  });
});
