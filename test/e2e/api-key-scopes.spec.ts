import { SCOPES, type Scope } from '../../src/contract/principal.js';
import { newId } from '../../src/platform/ids.js';
import { operationsOf, type NamedOperation, type OpenApi } from '../support/openapi/served-document.js';
import { startTestServer } from '../support/test-server.js';

const server = await startTestServer();
const admin = await server.admin();
const { body } = await server.request.get('/docs-json').expect(200);
const operations = operationsOf(body as OpenApi);
const closed = operations.filter(({ operation }) => operation.security.length > 0);

/** After these a token may be good for nothing. */
const ENDING = ['POST /auth/logout', 'DELETE /auth/sign-ins'];

afterAll(() => server.close());

const scopesOf = ({ operation }: NamedOperation) =>
  (operation as { readonly 'x-scopes'?: readonly Scope[] })['x-scopes'];

const takesKeys = ({ operation }: NamedOperation) => operation.security.some((one) => 'apiKey' in one);

async function keyWith(scopes: readonly Scope[] | undefined): Promise<string> {
  const { token } = await server.logIn(admin.email, admin.password);
  const made = server.request.post('/auth/api-keys').auth(token, { type: 'bearer' });
  const answer = await made.send({ name: 'a program', scopes }).expect(201);
  return String(answer.body.key);
}

/** Ids that name nothing, and no body: whoever gets that far is told so. */
async function codeFor({ method, path }: NamedOperation, headers: Readonly<Record<string, string>>) {
  const filled = path.replace(/\{\w+\}/g, () => newId());
  const response = await fetch(`${server.url}${filled}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
    // A stream that is let in would go on.
    signal: AbortSignal.timeout(60_000),
  });
  const isProblem = response.headers.get('content-type')?.includes('problem+json') === true;
  const problem = isProblem ? ((await response.json()) as { code: string; detail: string }) : undefined;
  if (!isProblem) await response.body?.cancel();
  const code = problem?.code ?? response.headers.get('x-error-code');
  return { status: response.status, code, problem, challenge: response.headers.get('www-authenticate') };
}

describe('the scopes of API keys', () => {
  it('are named by every operation that is not for everybody', () => {
    const unnamed = closed.filter((operation) => scopesOf(operation) === undefined);
    expect(unnamed.map(({ name }) => name)).toEqual([]);
    const unknown = closed.flatMap(scopesOf).filter((scope) => scope && !SCOPES.includes(scope));
    expect(unknown).toEqual([]);
    const misdescribed = closed.filter(takesKeys).filter((one) => {
      const isLimited = (scopesOf(one)?.length ?? 0) % SCOPES.length !== 0;
      return (
        JSON.stringify(one.operation.responses['403'] ?? '').includes('insufficient_scope') !== isLimited
      );
    });
    expect(misdescribed.map(({ name }) => name)).toEqual([]);
    const needingAdmin = closed.filter((operation) => String(scopesOf(operation)) === 'admin');
    const saidToBe = closed.filter(({ operation }) => operation.summary?.includes('(admin)'));
    expect(needingAdmin.map(({ name }) => name)).toEqual(expect.arrayContaining(saidToBe.map((o) => o.name)));
  });

  it.each(SCOPES)('open what names them, and nothing else: %s', async (scope) => {
    const key = await keyWith([scope]);
    const wrong: unknown[] = [];
    for (const operation of closed) {
      const accepted = scopesOf(operation) ?? [];
      const answer = await codeFor(operation, { 'x-api-key': key });
      const isRefused = answer.code === 'insufficient_scope';
      const expected = accepted.length > 0 && !accepted.includes(scope);
      // Logging out is nothing for a key, whatever its scopes.
      const isUnknown = answer.status === 401 && takesKeys(operation);
      // `@ForAccessTokens`: services behind it do not ask again.
      const isLetIn = accepted.length === 0 && answer.code !== 'forbidden';
      if (isRefused !== expected || isUnknown || isLetIn) wrong.push([operation.name, answer]);
      if (isRefused && answer.challenge !== `Bearer error="insufficient_scope", scope="${accepted[0]}"`)
        wrong.push([operation.name, answer.challenge]);
      if (isRefused && !accepted.every((one) => answer.problem?.detail.includes(one) !== false))
        wrong.push([operation.name, answer.problem]);
      if (accepted.length === 0 && answer.code !== 'forbidden') wrong.push([operation.name, answer]);
    }
    expect(wrong).toEqual([]);
  });

  it('do not limit access tokens', async () => {
    const { token } = await server.logIn(admin.email, admin.password);
    const wrong: unknown[] = [];
    // What ends the token comes last.
    const lasting = closed.filter(({ name }) => !ENDING.includes(name));
    for (const operation of [...lasting, ...closed.filter(({ name }) => ENDING.includes(name))]) {
      const answer = await codeFor(operation, { authorization: `Bearer ${token}` });
      const isRefused = answer.code === 'insufficient_scope' || answer.code === 'forbidden';
      const isEnded = answer.status === 401 && !ENDING.includes(operation.name);
      if (isRefused || isEnded) wrong.push([operation.name, answer]);
    }
    expect(wrong).toEqual([]);
  });

  it('are chat and read when a new key names none, without what an admin may', async () => {
    const headers = { 'x-api-key': await keyWith(undefined) };
    const { body: me } = await server.request.get('/auth/me').set(headers).expect(200);
    expect(me.roles).toEqual(['user']);
    const refused = await server.request.get('/instances').set(headers).expect(403);
    expect(refused.body).toMatchObject({ code: 'insufficient_scope', scopes: ['admin'] });
    await server.request.get('/accounting/balance').set(headers).expect(200);
    const asked = server.request.post('/predict').set(headers);
    await asked.send({ chatflow_id: 'assistant', question: 'help' }).expect(200);
  });

  it('make nobody an admin', async () => {
    const user = await server.registerUser();
    const made = server.request.post('/auth/api-keys').auth(user.token, { type: 'bearer' });
    const refused = await made.send({ name: 'a program', scopes: ['admin'] }).expect(403);
    expect(refused.body.code).toBe('forbidden');
  });
});
