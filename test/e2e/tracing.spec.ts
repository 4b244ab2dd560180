import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { OtlpReceiver, type ReceivedSpan, type Trace } from '../support/tracing/otlp-receiver.js';
import { refusingUrl } from '../support/ports.js';
import { MODEL_USAGE, startModelDouble, type ModelDouble } from '../support/upstream/model-double.js';
import { until } from '../support/until.js';

const QUESTION = 'Wievielmal Zinnober?';
const UPSTREAM_KEY = 'sk-upstream-secret';
const EXPORT_KEY = 'export secret=1';
const SESSION = 'someone@example.org';

const hasNames =
  (...names: readonly (string | RegExp)[]) =>
  (spans: readonly ReceivedSpan[]) =>
    names.every((name) =>
      spans.some((span) => (typeof name === 'string' ? span.name === name : name.test(span.name))),
    );
/** The turn is over, and so is the request that has begun it. */
const isWhole = hasNames('turn', 'POST /predict/stream/store');

describe('tracing', () => {
  let receiver: OtlpReceiver;
  let model: ModelDouble;
  let server: TestServer;
  let user: TestUser;
  let logged = '';

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    model = await startModelDouble();
    server = await startTestServer(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${encodeURIComponent(EXPORT_KEY)}`,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_BSP_SCHEDULE_DELAY: '10',
        OPENAI_BASE_URL: model.baseUrl,
        OPENAI_API_KEY: UPSTREAM_KEY,
        OPENAI_MODEL: 'small-model',
        LOG_LEVEL: 'info',
      },
      { logDestination: { write: (line) => (logged += line) } },
    );
    await put('model', {});
    await put('broken', { upstream: { baseUrl: `${await refusingUrl()}/v1` }, fallback: 'model' });
    await put('titled', { title: { chatflow: 'model' } });
    user = await server.registerUser({ credits: 100 });
  });
  afterAll(async () => {
    await server.close();
    await model.close();
    await receiver.close();
  });

  async function put(id: string, fields: object): Promise<void> {
    const { token } = await server.admin();
    await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ name: id, provider: 'openai', price: { credits: 1 }, access: { public: true }, ...fields })
      .expect(201);
  }

  /** One whole turn in a trace that the client has begun. */
  async function ask(chatflowId = 'model', flags = '01', sessionId = SESSION) {
    const traceId = randomBytes(16).toString('hex');
    const clientSpan = randomBytes(8).toString('hex');
    const stream = await server.stream('/predict/stream/store', {
      token: user.token,
      headers: { traceparent: `00-${traceId}-${clientSpan}-${flags}`, tracestate: 'vendor=1' },
      body: { chatflow_id: chatflowId, question: QUESTION, sessionId },
    });
    const text = await stream.text();
    expect(text).toContain('Zinnober');
    return { traceId, clientSpan, turnId: String(stream.headers['x-turn-id']) };
  }

  const pathTo = (trace: Trace, name: string | RegExp): string[] => trace.pathOf(trace.one(name));

  it('tells a whole turn in one trace, below the client', async () => {
    const { traceId, clientSpan, turnId } = await ask();
    const trace = await receiver.trace(traceId, isWhole);
    const request = trace.one('POST /predict/stream/store');
    expect(request).toMatchObject({
      kind: 2,
      parentSpanId: clientSpan,
      hasFailed: false,
      attributes: { 'http.route': '/predict/stream/store', 'http.response.status_code': 200 },
      resource: { 'service.name': 'tollgate', 'deployment.environment.name': 'test' },
    });
    const server = 'POST /predict/stream/store';
    expect(pathTo(trace, 'admission')).toEqual([server, 'admission']);
    expect(pathTo(trace, 'hold')).toEqual([server, 'admission', 'hold']);
    expect(pathTo(trace, 'turn')).toEqual([server, 'turn']);
    expect(pathTo(trace, 'settlement')).toEqual([server, 'turn', 'settlement']);
    // What the database of this process is asked in one command has no span of its own; what else it is asked has.
    for (const name of ['hold', 'settlement'])
      expect(trace.one(name).attributes).toMatchObject({
        'db.system.name': 'mongodb',
        'db.operation.name': 'bulkWrite',
      });
    expect(trace.all('bulkWrite')).toEqual([]);
    expect(trace.all(/^find /).every((span) => span.attributes['db.system.name'] === 'mongodb')).toBe(true);
    expect(trace.one('turn').attributes).toMatchObject({
      'tollgate.turn.id': turnId,
      'tollgate.chatflow.id': 'model',
      'tollgate.outcome': 'completed',
    });
    expect(trace.one('settlement').attributes).toMatchObject({ 'tollgate.credits': 1 });
  });

  it('tells the upstream attempt in the words for generative AI, and the upstream where it belongs', async () => {
    const { traceId } = await ask();
    const trace = await receiver.trace(traceId, isWhole);
    const attempt = trace.one(/^chat /);
    expect(trace.pathOf(attempt).slice(-2)).toEqual(['turn', attempt.name]);
    expect(attempt).toMatchObject({
      kind: 3,
      hasFailed: false,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.stream': true,
        'gen_ai.response.model': 'small-model',
        'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.usage.input_tokens': MODEL_USAGE.prompt_tokens,
        'gen_ai.usage.output_tokens': MODEL_USAGE.completion_tokens,
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(model.baseUrl).port),
      },
    });
    expect(attempt.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0);
    expect(model.headers.at(-1)).toMatchObject({
      traceparent: `00-${traceId}-${attempt.spanId}-01`,
      tracestate: 'vendor=1',
    });
  });

  it('tells an upstream that fails and the fallback that answers as two attempts of one turn', async () => {
    const { traceId } = await ask('broken');
    const trace = await receiver.trace(traceId, isWhole);
    const attempts = trace.all(/^chat /);
    const failed = attempts.filter(({ hasFailed }) => hasFailed);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.every(({ attributes }) => attributes['error.type'] === 'upstream_unavailable')).toBe(true);
    expect(attempts.filter(({ hasFailed }) => !hasFailed)).toEqual([
      expect.objectContaining({ attributes: expect.objectContaining({ 'tollgate.chatflow.id': 'model' }) }),
    ]);
    expect(new Set(attempts.map(({ parentSpanId }) => parentSpanId))).toEqual(
      new Set([trace.one('turn').spanId]),
    );
    expect(trace.one('turn')).toMatchObject({ hasFailed: false, attributes: { 'tollgate.fell_back': true } });
  });

  it('tells below the turn how its session gets a title, which goes on when the turn is over', async () => {
    const { traceId } = await ask('titled', '01', 'to be named');
    const trace = await receiver.trace(traceId, (spans) => isWhole(spans) && hasNames('title')(spans));
    const [answer, title] = trace.all(/^chat /).map((span) => trace.pathOf(span).slice(0, -1));
    expect(answer).toEqual(['POST /predict/stream/store', 'turn']);
    expect(title).toEqual(['POST /predict/stream/store', 'turn', 'title']);
  });

  it('links whoever reads a turn later to its trace', async () => {
    const { traceId, turnId } = await ask();
    const reader = randomBytes(16).toString('hex');
    const stream = await server.stream(`/turns/${turnId}/stream`, {
      token: user.token,
      headers: { traceparent: `00-${reader}-${'1'.repeat(16)}-01` },
    });
    await stream.text();
    const trace = await receiver.trace(reader, hasNames('GET /turns/:turnId/stream'));
    expect(trace.one('GET /turns/:turnId/stream').links.map((link) => link.traceId)).toEqual([traceId]);
  });

  it('records nothing of a trace that its client does not record, and tells the upstream so', async () => {
    const { traceId } = await ask('model', '00');
    expect(model.headers.at(-1)?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    // A later one has arrived, so this one would have.
    const later = await ask();
    await receiver.trace(later.traceId, isWhole);
    expect(receiver.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  it('begins a trace where there is none, also for a refusal', async () => {
    const broke = await server.registerUser({ credits: 0 });
    const before = receiver.spans.length;
    await server.request
      .post('/predict/stream/store')
      .auth(broke.token, { type: 'bearer' })
      .set('traceparent', 'nonsense')
      .send({ chatflow_id: 'model', question: QUESTION })
      .expect(402);
    const refused = () => receiver.spans.slice(before).find(({ name }) => name === 'admission');
    await until(() => refused() !== undefined);
    expect(refused()).toMatchObject({
      hasFailed: false,
      attributes: { 'error.type': 'insufficient_credits' },
    });
  });

  it('says in the log where a line belongs', async () => {
    const { traceId, turnId } = await ask();
    const lines = () =>
      logged
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .filter(({ trace_id }) => trace_id === traceId);
    await until(() => lines().some(({ msg }) => msg === 'request completed'));
    expect(lines().find(({ msg }) => msg === 'A turn has ended')).toMatchObject({ turnId });
  });

  it('never tells content, people or secrets', async () => {
    const { traceId } = await ask();
    await receiver.trace(traceId, isWhole);
    // The receiver has the headers of the exports, and nobody else.
    expect(receiver.headers.every((headers) => headers['x-api-key'] === EXPORT_KEY)).toBe(true);
    const text = receiver.bytes.toString('latin1');
    for (const word of [
      'Zinnober',
      'You said',
      SESSION,
      user.email,
      user.token,
      user.userId,
      UPSTREAM_KEY,
      EXPORT_KEY,
    ])
      expect(text.includes(word)).toBe(false);
    expect(text).toContain('gen_ai.usage.input_tokens');
  });

  it('shows in the metrics what has become of the spans', async () => {
    const metrics = await server.request.get('/metrics').expect(200);
    expect(metrics.text).toMatch(/tollgate_trace_spans_total\{result="exported"\} [1-9]/);
    expect(metrics.text).toContain('tollgate_trace_spans_total{result="dropped"} 0\n');
  });
});

describe('a receiver of traces that is gone', () => {
  const answerOf = async (server: TestServer, user: TestUser): Promise<string> => {
    const stream = await server.stream('/predict/stream/store', {
      token: user.token,
      body: { chatflow_id: 'assistant', question: 'Hello' },
    });
    return stream.text();
  };

  const counted = async (server: TestServer, result: string): Promise<number> => {
    const { text } = await server.request.get('/metrics').expect(200);
    return Number(new RegExp(`result="${result}"} (\\d+)`).exec(text)?.[1]);
  };

  it('is told of once, and harms no turn', async () => {
    let logged = '';
    const server = await startTestServer(
      {
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${await refusingUrl()}/v1/traces`,
        OTEL_EXPORTER_OTLP_TIMEOUT: '50',
        OTEL_BSP_SCHEDULE_DELAY: '1',
        LOG_LEVEL: 'error',
      },
      { logDestination: { write: (line) => (logged += line) } },
    );
    try {
      const user = await server.registerUser();
      for (let turn = 0; turn < 3; turn++) {
        const before = await counted(server, 'failed');
        expect(await answerOf(server, user)).toContain('"event":"end"');
        await until(async () => (await counted(server, 'failed')) > before);
      }
      expect(await counted(server, 'exported')).toBe(0);
      expect(logged.match(/receiver of traces/g)).toHaveLength(1);
    } finally {
      await server.close();
    }
  });

  it('makes wait no more spans than may, and no shutdown', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const server = await startTestServer({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_MAX_QUEUE_SIZE: '8',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    try {
      const user = await server.registerUser();
      for (let turn = 0; turn < 3; turn++) expect(await answerOf(server, user)).toContain('"event":"end"');
      await until(async () => (await counted(server, 'dropped')) > 0);
      const { text } = await server.request.get('/metrics').expect(200);
      expect(text).toContain('tollgate_trace_spans_waiting 8\n');
    } finally {
      await server.close();
      silent.close();
    }
  });

  it('gets what has not been sent when the process ends', async () => {
    const receiver = await OtlpReceiver.start();
    const server = await startTestServer({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    });
    try {
      const user = await server.registerUser();
      await answerOf(server, user);
      expect(receiver.spans).toEqual([]);
    } finally {
      await server.close();
    }
    expect(receiver.spans.some(({ name }) => name === 'turn')).toBe(true);
    await receiver.close();
  });
});
