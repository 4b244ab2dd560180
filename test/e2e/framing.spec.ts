import { DialectServer } from '../support/dialects/dialect-server.js';
import {
  requestOf,
  STREAM_ROUTES,
  type Asking,
  type StreamRoute,
} from '../support/dialects/stream-routes.js';
import { DocumentValidator } from '../support/openapi/document-validator.js';
import { operationsOf, type OpenApi } from '../support/openapi/served-document.js';
import { openRaw, type RawAnswer } from '../support/raw-answer.js';
import { flowise, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';

const HEARTBEAT_INTERVAL_MS = 20;
/** What readers of all kinds take for the end of a line or a frame. */
const TEXT = 'a\r\nb\n\nc\rd\u2028e\u2029f\u0085g\v\f\u001cdata: x\n\n: hb\n';

/** All, or those that `TEST_STREAM_ROUTES` names. */
const ROUTES = STREAM_ROUTES.filter(
  ({ name }) => process.env.TEST_STREAM_ROUTES?.split(',').includes(name) !== false,
);

let sessions = 0;

/** Asks, and for a route that only follows lets a turn of the same session begin first. */
async function open(
  { server }: DialectServer,
  route: StreamRoute,
  asking: Asking,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly answer: RawAnswer; readonly turnId: string }> {
  const { path, ...request } = requestOf(route, asking);
  const asked = await openRaw(server.url + path, { ...request, headers });
  const turnId = String(asked.headers['x-turn-id']);
  if (route.follow === undefined || asked.status !== 200) return { answer: asked, turnId };
  return {
    answer: await openRaw(server.url + route.follow(asking, turnId), { token: asking.token }),
    turnId,
  };
}

/** The data of each frame. Everything else that stands in the body is an error. */
function framesOf(body: string, { frame, heartbeat }: StreamRoute): string[] {
  const data: string[] = [];
  for (let at = 0; at < body.length;) {
    if (body.startsWith(heartbeat, at)) {
      at += heartbeat.length;
      continue;
    }
    frame.lastIndex = at;
    const match = frame.exec(body);
    if (match === null) throw new Error(`No frame at ${at}: ${JSON.stringify(body.slice(at, at + 120))}`);
    data.push(match.groups?.data ?? '');
    at = frame.lastIndex;
  }
  return data;
}

let document: OpenApi;
let validator: DocumentValidator;

/** What is wrong with an event by the served document. */
function complaints({ name }: StreamRoute, event: unknown): string[] {
  const [method = '', path = ''] = name.split(' ');
  const { responses } = document.paths[path]?.[method.toLowerCase()] ?? {};
  return validator.complaints(responses?.['200']?.content?.['text/event-stream']?.schema, event);
}

function expectWellFramed(answer: RawAnswer, route: StreamRoute): void {
  const { status, headers, body } = answer;
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': expect.stringMatching(/^no-cache, .*no-transform$/),
    'x-accel-buffering': 'no',
  });
  expect(headers['content-encoding']).toBeUndefined();
  // One kind of line end, so that readers that know more of them see the same lines.
  expect(body).not.toMatch(/[\r\v\f\u0085\u2028\u2029]/);
  const data = framesOf(body, route);
  const done = data.indexOf('[DONE]');
  expect([-1, data.length - 1]).toContain(done);
  for (const line of data) {
    const event: unknown = line === '[DONE]' ? line : JSON.parse(line);
    if (line !== '[DONE]') expect(event).toBeInstanceOf(Object);
    expect(complaints(route, event)).toEqual([]);
  }
}

function expectEnd(answer: RawAnswer, route: StreamRoute, end: 'completed' | 'failed'): void {
  expectWellFramed(answer, route);
  expect(answer.body).toMatch(route.begin);
  // Heartbeats may stand between frames, also between the last two.
  expect(answer.body.replaceAll(route.heartbeat, '')).toMatch(route[end]);
  expect(answer.endedProperly).toBe(end === 'completed' || route.breaksOff !== true);
}

const OUTCOMES: readonly (readonly [string, FlowiseBehaviour, 'completed' | 'failed'])[] = [
  ['completed', flowise.tokens(TEXT, 'b'), 'completed'],
  [
    'completed with everything that an upstream tells',
    flowise.frames(
      ['agentReasoning', [{ agentName: TEXT }]],
      ['thinking', TEXT],
      ['usedTools', [{ tool: TEXT, toolInput: { [TEXT]: TEXT }, toolOutput: TEXT }]],
      ['sourceDocuments', [{ pageContent: TEXT, metadata: { source: TEXT } }]],
      ['token', TEXT],
      ['usageMetadata', { input_tokens: 1, output_tokens: 2, total_tokens: 3 }],
      ['end', '[DONE]'],
    ),
    'completed',
  ],
  ['failed before content', flowise.status(500), 'failed'],
  ['failed after content', flowise.reset(TEXT), 'failed'],
  [
    'told an error after content',
    flowise.frames(['token', TEXT], ['error', TEXT], ['end', '[DONE]']),
    'failed',
  ],
  ['empty', flowise.frames(['end', '[DONE]']), 'failed'],
];

describe('every stream', () => {
  let dialects: DialectServer;
  let asking: Asking;

  beforeAll(async () => {
    dialects = await DialectServer.start({ HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS) });
    document = (await dialects.server.request.get('/docs-json').expect(200)).body as OpenApi;
    validator = new DocumentValidator(document);
  });
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    const { setup } = await dialects.newClient();
    asking = { ...setup, sessionId: `framing-${++sessions}` };
  });
  const begun = () => dialects.upstream.request(0);

  it('is in the table', () => {
    const streams = operationsOf(document)
      .filter(({ operation }) => operation.responses['200']?.content?.['text/event-stream'] !== undefined)
      .map(({ name }) => name);
    expect(STREAM_ROUTES.map(({ name }) => name).sort()).toEqual(streams.sort());
  });

  describe.each(ROUTES.map((route) => [route.name, route] as const))('%s', (_name, route) => {
    it.each(OUTCOMES)('%s', async (_outcome, behaviour, end) => {
      dialects.upstream.respondWith(behaviour);
      const { answer } = await open(dialects, route, asking);
      await answer.over;
      expectEnd(answer, route, end);
    });

    it('stopped', async () => {
      dialects.upstream.respondWith(flowise.hangAfter(['Hello']));
      const { answer, turnId } = await open(dialects, route, asking);
      await answer.until((body) => body.includes('Hello'));
      await dialects.server.request
        .post(`/turns/${turnId}/stop`)
        .auth(asking.token, { type: 'bearer' })
        .expect(200);
      await answer.over;
      expectEnd(answer, route, 'failed');
    });

    it('silent before and between pieces', async () => {
      const gate = new Gate();
      dialects.upstream.respondWith(flowise.gated(gate, 'first', 'second'));
      const { answer } = await open(dialects, route, asking);
      await begun();
      const beats = (body: string): number => body.split(route.heartbeat).length - 1;
      await answer.until((body) => beats(body) >= 2);
      expect(answer.body).not.toContain('first');
      gate.release();
      await answer.until((body) => body.includes('first'));
      const before = beats(answer.body);
      await answer.until((body) => beats(body) >= before + 2);
      gate.open();
      await answer.over;
      expectEnd(answer, route, 'completed');
    });

    it('refused', async () => {
      const { setup } = await dialects.newClient(1);
      const { answer } = await open(dialects, route, { ...asking, ...setup });
      await answer.over;
      expect(answer.status).toBe(402);
      expect(answer.headers['content-type']).not.toContain('event-stream');
      expect(answer.body).toMatch(/^\S/);
    });

    if (route.resumes === true) {
      it('repeated behind an event', async () => {
        dialects.upstream.respondWith(flowise.tokens('Hello'));
        const first = await open(dialects, route, asking, { 'idempotency-key': 'k' });
        await first.answer.over;
        const { answer } = await open(dialects, route, asking, {
          'idempotency-key': 'k',
          'last-event-id': '1',
        });
        await answer.over;
        expectWellFramed(answer, route);
        expect(answer.body).not.toMatch(route.begin);
        expect(answer.body).toContain('Hello');
        expect(answer.body).toMatch(route.completed);
      });
    }
  });

  it('that is resumed goes on behind an event', async () => {
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    for (const route of STREAM_ROUTES.filter(({ follow }) => follow !== undefined)) {
      asking = { ...asking, sessionId: `framing-${++sessions}` };
      const { turnId, answer: first } = await open(dialects, route, asking);
      await first.over;
      const path = `${route.follow?.(asking, turnId)}?after=1`;
      const answer = await openRaw(dialects.server.url + path, { token: asking.token });
      await answer.over;
      expectWellFramed(answer, route);
      expect(answer.body).not.toMatch(route.begin);
      expect(answer.body).toMatch(route.completed);
    }
  });

  it('of which there is nothing more, or which nobody knows, is a 204 without a body, or a problem', async () => {
    const predict = STREAM_ROUTES[0];
    if (predict === undefined) throw new Error('There are no routes.');
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    const { answer, turnId } = await open(dialects, predict, asking);
    await answer.over;
    const get = async (path: string) => {
      const got = await openRaw(dialects.server.url + path, { token: asking.token });
      await got.over;
      return [got.status, got.headers['content-type'], got.body === ''];
    };
    const last = /id: (\d+)\n[^\n]+\n\n$/.exec(answer.body)?.[1];
    expect(await get(`/turns/${turnId}/stream?after=${last}`)).toEqual([204, undefined, true]);
    expect(await get('/api/chat/nobody-knows/stream')).toEqual([204, undefined, true]);
    expect(await get('/turns/nobody-knows/stream')).toEqual([404, 'application/problem+json', false]);
  });
});

describe('every stream of a server that shuts down', () => {
  it('is interrupted', async () => {
    const leaving = await DialectServer.start();
    try {
      leaving.upstream.respondWith(flowise.hangAfter(['Hello']));
      const { setup } = await leaving.newClient();
      const answers = await Promise.all(
        STREAM_ROUTES.map((route, index) =>
          open(leaving, route, { ...setup, sessionId: `leaving-${index}` }),
        ),
      );
      await Promise.all(answers.map(({ answer }) => answer.until((body) => body.includes('Hello'))));
      await leaving.server.close();
      for (const [index, { answer }] of answers.entries()) {
        await answer.over;
        const route = STREAM_ROUTES[index];
        if (route !== undefined) expectEnd(answer, route, 'failed');
      }
    } finally {
      await leaving.close();
    }
  });
});
