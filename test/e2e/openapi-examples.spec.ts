import { DocumentValidator } from '../support/openapi/document-validator.js';
import { operationsOf, type NamedOperation, type OpenApi } from '../support/openapi/served-document.js';
import { startTestServer, type TestUser } from '../support/test-server.js';

/** With nothing but what every server has at its first start. */
const server = await startTestServer({ TURNS_PER_MINUTE: '1000', CONCURRENT_TURNS: '100' });
const document = (await server.request.get('/docs-json').expect(200)).body as OpenApi;
const validator = new DocumentValidator(document);
const admin = await server.admin();
const user = await server.registerUser();
/** Those whose tokens end with their own request. */
const leaving: Readonly<Record<string, TestUser>> = {
  logout: await server.registerUser(),
  endSignIns: await server.registerUser(),
};

/** What nobody can know beforehand; the document then has no example, but for the tokens. */
const asked = await server.request
  .post('/predict')
  .auth(user.token, { type: 'bearer' })
  .send({ chatflow_id: 'assistant', question: 'help', sessionId: 'shopping' })
  .expect(200);
const known: Record<string, string> = {
  userId: user.userId,
  signInId: 'q1w2e3r4t5y6u7i8o9p0aA',
  turnId: String(asked.body.turnId),
  messageId: String(asked.body.messageId),
};
/** No turn of the built-in chatflow waits for a human; what the body says is looked at before that. The sign-in that there is has to last, as have the password and the account; nobody was deleted before. */
const REFUSED: Readonly<Record<string, number>> = {
  provideTurnInput: 409,
  endSignIn: 404,
  changePassword: 403,
  resetPassword: 401,
  requestPasswordReset: 403,
  deleteAccount: 403,
  getUserErasure: 404,
  // The example is no token of any provider.
  backchannelLogout: 400,
};

afterAll(() => server.close());

const JSON_TYPE = 'application/json';
/** Lines of it are none either. */
const NO_JSON = ['text/plain', 'application/x-ndjson'];
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** JSON, where a body may be that. */
function mediaTypeOf({ requestBody }: NamedOperation['operation']): string {
  const types = Object.keys(requestBody?.content ?? {});
  return types.includes(JSON_TYPE) ? JSON_TYPE : (types[0] ?? JSON_TYPE);
}

interface Sent {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** As Swagger UI fills in its form: every example of a parameter, and the given one of the body. */
async function send({ method, path, operation }: NamedOperation, body?: unknown): Promise<Sent> {
  const url = new URL(server.url);
  const headers = new Headers();
  let filled = path;
  for (const { in: where, name, example, schema, required } of operation.parameters ?? []) {
    const value = (example ?? schema?.example ?? (required === true ? known[name] : undefined)) as
      string | number | undefined;
    if (required === true) expect([name, value]).toEqual([name, expect.any(String)]);
    if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(String(value)));
    else if (value !== undefined && where === 'query') url.searchParams.set(name, String(value));
    else if (value !== undefined) headers.set(name, String(value));
  }
  url.pathname = filled;
  if (operation.security.length > 0) headers.set('authorization', `Bearer ${senderOf(operation).token}`);
  const mediaType = mediaTypeOf(operation);
  if (body !== undefined) headers.set('content-type', mediaType);
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: written(body, mediaType) }),
  });
  known.turnId = answer.headers.get('x-turn-id') ?? known.turnId ?? '';
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  return { status: answer.status, type, body: await answer.text() };
}

function written(body: unknown, mediaType: string): string {
  if (mediaType === JSON_TYPE) return JSON.stringify(body);
  return mediaType === FORM_TYPE
    ? new URLSearchParams(body as Record<string, string>).toString()
    : (body as string);
}

function senderOf({ operationId, summary = '' }: NamedOperation['operation']): TestUser {
  return leaving[operationId] ?? (summary.includes('(admin)') ? admin : user);
}

function expectDescribed({ operation }: NamedOperation, { status, type, body }: Sent): void {
  const described = operation.responses[status];
  expect(described).toBeDefined();
  if (status === 204) return;
  // What is given as it was sent has no type of its own.
  const schema = (described?.content?.['*/*'] ?? described?.content?.[type])?.schema;
  const events = [...body.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => data);
  const values = type === 'text/event-stream' ? events : [body];
  expect(values).not.toEqual([]);
  for (const value of values) {
    const isJson = !NO_JSON.includes(type) && value !== '[DONE]';
    expect(validator.complaints(schema, isJson ? (JSON.parse(value) as unknown) : value)).toEqual([]);
  }
}

/** Tokens are what a login has just given. */
function withTokens(body: unknown): unknown {
  const refreshes = typeof body === 'object' && body !== null && 'refresh_token' in body;
  return refreshes ? { ...body, refresh_token: known.refresh_token } : body;
}

/** What later requests need to know of this one's answer. */
function note(operationId: string, { body, type }: Sent): void {
  const told = type === 'application/json' ? (JSON.parse(body) as Record<string, unknown>) : {};
  if (typeof told.refresh_token === 'string') known.refresh_token = told.refresh_token;
  if (operationId === 'uploadAttachment') known.attachmentId = String(told.id);
  if (operationId === 'createApiKey') known.id = String(told.id);
}

describe('every example of the document works as it is', () => {
  // What takes away comes last, and behind it what takes the user's access.
  const isLast = ({ method, operation: { operationId } }: NamedOperation) =>
    operationId === 'deleteUser' ? 3 : operationId === 'signUserOut' ? 2 : Number(method === 'DELETE');
  const operations = operationsOf(document).sort((a, b) => isLast(a) - isLast(b));

  it('there is one for every body', () => {
    const without = operations.filter(
      ({ operation: { requestBody } }) =>
        requestBody !== undefined &&
        Object.keys(Object.values(requestBody.content)[0]?.examples ?? {}).length === 0,
    );
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  // In the document's order, which is that of somebody who tries out one after the other.
  for (const named of operations) {
    const { operationId, requestBody } = named.operation;
    const bodies = Object.entries(
      requestBody?.content[mediaTypeOf(named.operation)]?.examples ?? { '': { value: undefined } },
    );
    it.each(bodies)(`${named.name} %s`, async (_example, { value }) => {
      const sent = await send(named, withTokens(value));
      const isExpected = sent.status === REFUSED[operationId] || (sent.status >= 200 && sent.status < 300);
      expect(isExpected ? 'accepted' : `${sent.status} ${sent.body}`).toBe('accepted');
      expectDescribed(named, sent);
      note(operationId, sent);
    });
  }
});
