import { Agent } from 'node:http';
import { SignJWT } from 'jose';
import type { Random } from '../../faults/random.js';
import type { OpenApi } from '../openapi/served-document.js';
import { startTestServer, type TestServer, type TestUser } from '../test-server.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../upstream/flowise-upstream.js';
import { startModelDouble, type ModelDouble } from '../upstream/model-double.js';
import { startStormDouble, type StormDouble } from '../upstream/storm-double.js';
import { oneOf } from './nasty-values.js';
import { send, type WireAnswer, type WireRequest } from './wire.js';

const SECRET = 'a secret of the fuzz, which is long enough';
const CREDITS = 100_000_000;
/** Ids of answers that later requests ask for again. */
const MAX_REMEMBERED = 50;
const ACCOUNTS = 10;
const UNLIMITED = '1000000';

type Kind = 'session' | 'turn' | 'key' | 'cursor' | 'refresh' | 'response' | 'attachment';

/** A server with every kind of upstream, users with every kind of credentials, and what there is to ask for. */
export class FuzzWorld {
  readonly agent = new Agent({ keepAlive: true });
  private readonly seen = new Map<Kind, string[]>();
  /** Headers by name of the credentials. */
  readonly credentials = new Map<string, Readonly<Record<string, string>>>();

  private readonly people = new Map<string, TestUser>();
  /** E-mails to log in with; each bears ten failures. */
  private accounts: readonly string[] = [];
  /** An answer that nobody deletes. */
  private readonly answer = { sessionId: 'a session with an answer', messageId: '' };
  /** Of an API key that nobody revokes. */
  private keptKeyId = '';

  private constructor(
    readonly server: TestServer,
    readonly document: OpenApi,
    public user: TestUser,
    private readonly upstreams: readonly [FlowiseUpstream, ModelDouble, StormDouble],
  ) {}

  static async start(): Promise<FuzzWorld> {
    const upstreams = await Promise.all([
      startFlowiseUpstream('flow'),
      startModelDouble(),
      startStormDouble(),
    ]);
    const server = await startTestServer({
      JWT_SECRET: SECRET,
      ACCESS_TOKEN_TTL_S: '86400',
      TURNS_PER_MINUTE: UNLIMITED,
      CONCURRENT_TURNS: UNLIMITED,
      SESSIONS_PER_USER: '0',
      REGISTRATIONS_PER_ADDRESS: UNLIMITED,
      LOGIN_FAILURES_PER_ADDRESS: UNLIMITED,
      DEFAULT_CHATFLOW: 'flow',
      STORM_CHATFLOW: 'storm',
      UPSTREAM_RETRIES: '0',
    });
    const document = (await server.request.get('/docs-json').expect(200)).body as OpenApi;
    const world = new FuzzWorld(server, document, await server.registerUser({ credits: CREDITS }), upstreams);
    await world.furnish();
    return world;
  }

  send(request: WireRequest): Promise<WireAnswer> {
    return send(this.server.url, request, this.agent);
  }

  /** A value that a parameter or a field of this name may have in truth; `undefined` when nobody knows one. */
  known(random: Random, name: string, path: string, method: string): string | undefined {
    const from = (kind: Kind): string | undefined => oneOf(random, this.seen.get(kind) ?? [undefined]);
    switch (name) {
      case 'id':
        if (path.startsWith('/auth/')) return method === 'DELETE' ? from('key') : this.keptKeyId;
        if (!path.startsWith('/chatflows/')) return from('session');
        return oneOf(random, method === 'GET' ? ['assistant', 'flow', 'fuzz-a'] : ['fuzz-a', 'fuzz-b']);
      case 'chatflowId':
      case 'chatflow_id':
      case 'model':
      case 'X-Chatflow-Id':
        return oneOf(random, ['assistant', 'assistant', 'flow', 'model', 'storm', 'fuzz-a']);
      case 'attachmentId':
        return from('attachment');
      case 'messageId':
        return path.endsWith('/feedback') ? this.answer.messageId : undefined;
      case 'sessionId':
        return path.endsWith('/feedback') ? this.answer.sessionId : from('session');
      case 'threadId':
      case 'chatId':
      case 'conversation_id':
      case 'X-Session-Id':
        return from('session');
      case 'turnId':
        return from('turn');
      case 'previous_response_id':
        return from('response');
      case 'userId':
        return this.user.userId;
      case 'after':
        return from('cursor');
      case 'email':
        return oneOf(random, this.accounts);
      case 'password':
        return this.user.password;
      case 'refresh_token':
        return from('refresh');
      default:
        return undefined;
    }
  }

  /** Takes from an answer what later requests may ask for. */
  note({ headers, body }: WireAnswer): void {
    const member = (name: string): string | undefined =>
      new RegExp(`"${name}":"([^"\\\\]+)"`).exec(body)?.[1];
    this.remember('session', headers['x-session-id']);
    this.remember('turn', headers['x-turn-id']);
    this.remember('cursor', member('next_cursor'));
    this.remember('refresh', member('refresh_token'));
    this.remember('response', /"id":"(resp[^"\\]+)"/.exec(body)?.[1]);
    if (/"bytes":\d+,"createdAt"/.test(body)) this.remember('attachment', member('id'));
    if (body.includes('"key":"tg_') && member('id') !== this.keptKeyId) this.remember('key', member('id'));
  }

  /** Signs those in again who have been signed out by what was asked. */
  async signInAgain(): Promise<void> {
    for (const [name, person] of this.people) {
      const { status } = await this.server.request.get('/auth/me').auth(person.token, { type: 'bearer' });
      if (status !== 401) continue;
      const again = await this.server.logIn(person.email, person.password);
      this.people.set(name, again);
      this.credentials.set(name, { authorization: `Bearer ${again.token}` });
      if (name === 'user') this.user = again;
    }
  }

  async close(): Promise<void> {
    this.agent.destroy();
    await this.server.close();
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }

  private remember(kind: Kind, value: string | string[] | undefined): void {
    if (typeof value !== 'string') return;
    const list = this.seen.get(kind) ?? [];
    this.seen.set(kind, [value, ...list].slice(0, MAX_REMEMBERED));
  }

  private async furnish(): Promise<void> {
    const { server, user } = this;
    const [flowise, model, storm] = this.upstreams;
    const admin = await server.admin();
    const other = await server.registerUser();
    for (const [name, person] of Object.entries({ user, admin, other })) this.people.set(name, person);
    await this.put('flow', 'flowise', { flowId: 'flow', baseUrl: flowise.url });
    await this.put('model', 'openai', { model: 'double', baseUrl: model.baseUrl }, ['tools', 'temperature']);
    await this.put('storm', 'storm', { baseUrl: storm.url, bucketIds: ['a'] });
    const users = await Promise.all(Array.from({ length: ACCOUNTS }, () => server.registerUser()));
    this.accounts = users.map(({ email }) => email);
    const asked = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send({ chatflow_id: 'assistant', question: 'help', sessionId: this.answer.sessionId })
      .expect(200);
    this.answer.messageId = String(asked.body.messageId);
    const now = Math.floor(Date.now() / 1000);
    const expired = await new SignJWT({ sub: user.userId, email: user.email, iat: now - 120, exp: now - 60 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(SECRET));
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const key = await this.newKey(user);
    this.keptKeyId = (await this.newKey(user)).id;
    const revoked = await this.newKey(user);
    await server.request.delete(`/auth/api-keys/${revoked.id}`).set(bearer(user.token)).expect(204);
    const credentials: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      user: bearer(user.token),
      admin: bearer(admin.token),
      other: bearer(other.token),
      key: { 'x-api-key': key.key },
      'key as bearer': bearer(key.key),
      nobody: {},
      expired: bearer(expired),
      'revoked key': { 'x-api-key': revoked.key },
      malformed: bearer('a.b.c'),
      'no scheme': { authorization: user.token },
      basic: { authorization: 'Basic YTpi' },
      'empty key': { 'x-api-key': '' },
      'strange key': { 'storm-api-key': 'tg_\u00ff__proto__' },
      both: { ...bearer(user.token), 'x-api-key': 'tg_nonsense' },
    };
    for (const [name, headers] of Object.entries(credentials)) this.credentials.set(name, headers);
  }

  private async newKey({ token }: TestUser): Promise<{ readonly id: string; readonly key: string }> {
    const { body } = await this.server.request
      .post('/auth/api-keys')
      .auth(token, { type: 'bearer' })
      .send({ name: 'fuzz' })
      .expect(201);
    return body as { id: string; key: string };
  }

  private async put(id: string, provider: string, upstream: object, clientOptions?: string[]): Promise<void> {
    const { token } = await this.server.admin();
    await this.server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ name: id, provider, upstream, price: { credits: 1 }, access: { public: true }, clientOptions })
      .expect(201);
  }
}
