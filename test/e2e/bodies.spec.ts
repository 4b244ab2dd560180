import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  BodyBudget,
  MAX_BODY_BYTES_IN_FLIGHT_PER_ADDRESS,
} from '../../src/platform/http/body/body-budget.js';
import { UPLOAD_BODY_BYTES } from '../../src/platform/http/body/body-gate.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const HALF = 5_000_000;

const server: TestServer = await startTestServer();
const { token } = await server.registerUser();
const budget = server.get(BodyBudget);

afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** A request whose body the test sends as it likes, over a socket of its own. */
class HandMade {
  readonly answered: Promise<Answer>;
  readonly closed: Promise<void>;
  private readonly socket: Socket;

  constructor(path: string, headers: readonly string[]) {
    const { hostname, port } = new URL(server.url);
    this.socket = connect(Number(port), hostname);
    let text = '';
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.answered = new Promise((resolve, reject) => {
      this.socket.on('data', (chunk) => {
        text += chunk.toString();
        const [head = '', body] = text.split('\r\n\r\n', 2);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (body !== undefined && Buffer.byteLength(body) >= (Number.isNaN(length) ? 0 : length))
          resolve({ status: Number(head.split(' ', 2)[1]), headers: head, body });
      });
      this.socket.once('close', () => reject(new Error(`closed after: ${text}`)));
      this.socket.once('error', reject);
    });
    this.answered.catch(() => undefined);
    this.socket.write(
      [`POST ${path} HTTP/1.1`, 'Host: tollgate', 'Content-Type: application/json', ...headers, '', ''].join(
        '\r\n',
      ),
    );
  }

  /** Resolves when the kernel has taken it, or the connection is gone. */
  send(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.write(bytes, () => resolve());
    });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

const LONG = `Content-Length: ${UPLOAD_BODY_BYTES}`;
const AUTHORIZED = `Authorization: Bearer ${token}`;

/** Asks in turns, each of which is a request, until `isSo`. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await server.request.get('/health/live');
}

describe('a body without credentials', () => {
  it.each([
    '/predict',
    '/v1/chat/completions',
    '/api/v1/prediction/assistant',
    '/api/chat',
    '/agui/assistant',
    '/auth/api-keys',
  ])('is refused before any of it is sent (%s)', async (path) => {
    const request = new HandMade(path, [LONG]);
    const { status, headers, body } = await request.answered;
    expect(status).toBe(401);
    expect(headers).toMatch(/connection: close/i);
    expect(headers).toMatch(/www-authenticate: Bearer/i);
    const isSentence = /content-type: text\/plain/i.test(headers);
    if (!isSentence) expect(JSON.parse(body)).toMatchObject({ code: 'unauthenticated', status: 401 });
    if (path.startsWith('/v1/')) expect(JSON.parse(body).error.type).toBe('authentication_error');
    expect(isSentence).toBe(path === '/api/chat' || path === '/agui/assistant');
    request.destroy();
  });

  it('costs no memory when it is half sent, and gets its answer all the same', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const half = Buffer.alloc(HALF, '[');
    const requests = Array.from({ length: 40 }, () => new HandMade('/predict', [LONG]));
    await Promise.all(requests.map((request) => request.send(half)));
    const answers = await Promise.all(requests.map((request) => request.answered));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(budget.bytesInFlight).toBe(0);
    // 40 halves are 200 MB; a socket's own buffer is 64 kB.
    expect(process.memoryUsage().arrayBuffers - before - HALF).toBeLessThan(80_000_000);
    for (const request of requests) request.destroy();
  });

  it('is refused with a forged token, an unknown key and in pieces of unknown length', async () => {
    for (const headers of [
      [LONG, 'Authorization: Bearer nonsense'],
      [LONG, 'X-Api-Key: tg_nothing'],
      ['Transfer-Encoding: chunked'],
    ]) {
      const request = new HandMade('/predict', headers);
      expect((await request.answered).status).toBe(401);
      request.destroy();
    }
  });

  it('is told by its client, which sends all of it', async () => {
    const response = await fetch(`${server.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ question: 'x'.repeat(9_000_000) }),
    });
    expect(response.status).toBe(401);
    expect(((await response.json()) as { code: string }).code).toBe('unauthenticated');
  });

  it('is small where no credentials are needed, and nothing where nothing is', async () => {
    for (const [path, status, code] of [
      ['/auth/login', 413, 'payload_too_large'],
      ['/auth/logout', 413, 'payload_too_large'],
      ['/nowhere', 404, 'not_found'],
      ['/auth/me', 405, 'method_not_allowed'],
    ] as const) {
      const request = new HandMade(path, [LONG]);
      const answer = await request.answered;
      expect([path, answer.status, JSON.parse(answer.body).code]).toEqual([path, status, code]);
      request.destroy();
    }
  });

  it('keeps its connection when it is small', async () => {
    const request = new HandMade('/predict', ['Content-Length: 2']);
    await request.send('{}');
    const { status, headers } = await request.answered;
    expect(status).toBe(401);
    expect(headers).toMatch(/connection: keep-alive/i);
    request.destroy();
  });

  it('is asked for only when it is wanted (Expect: 100-continue)', async () => {
    const refused = new HandMade('/predict', [LONG, 'Expect: 100-continue']);
    expect((await refused.answered).status).toBe(401);
    const wanted = new HandMade('/predict', [LONG, 'Expect: 100-continue', AUTHORIZED]);
    expect((await wanted.answered).status).toBe(100);
    refused.destroy();
    wanted.destroy();
  });
});

describe('a body with credentials', () => {
  it('is refused while it is sent when it is too deep or has too many values', async () => {
    for (const [bytes, words] of [
      [Buffer.alloc(100, '['), /64 levels/],
      [Buffer.from(`{"a":[${'1,'.repeat(250_000)}`), /200000 values/],
    ] as const) {
      const request = new HandMade('/predict', [LONG, AUTHORIZED]);
      await request.send(bytes);
      const { status, body } = await request.answered;
      expect([status, JSON.parse(body).code]).toEqual([400, 'validation_failed']);
      expect(body).toMatch(words);
      request.destroy();
    }
    expect(budget.bytesInFlight).toBe(0);
  });

  it('counts as large as it becomes', async () => {
    const send = (body: Buffer) =>
      fetch(`${server.url}/predict`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          authorization: `Bearer ${token}`,
        },
        body: new Uint8Array(body),
      });
    const deep = await send(gzipSync('['.repeat(1000)));
    expect(await deep.json()).toMatchObject({
      code: 'validation_failed',
      detail: expect.stringMatching(/64/),
    });
    const large = await send(gzipSync(`{"a":"${'x'.repeat(UPLOAD_BODY_BYTES)}"}`));
    expect(await large.json()).toMatchObject({ code: 'payload_too_large', limitBytes: UPLOAD_BODY_BYTES });
    const fine = await send(gzipSync(JSON.stringify({ chatflow_id: 'assistant', question: 'help' })));
    expect(fine.status).toBe(200);
    await fine.text();
    const broken = await send(Buffer.from('no gzip'));
    expect(broken.status).toBe(400);
    expect(budget.bytesInFlight).toBe(0);
  });

  it('is refused when its address sends too much at once, and taken when that is over', async () => {
    const size = UPLOAD_BODY_BYTES - 1000;
    const bytes = Buffer.alloc(size, 'x');
    const count = Math.floor(MAX_BODY_BYTES_IN_FLIGHT_PER_ADDRESS / size);
    const holding = Array.from({ length: count }, () => new HandMade('/predict', [LONG, AUTHORIZED]));
    await Promise.all(holding.map((request) => request.send(bytes)));
    await until(() => budget.bytesInFlight === count * size);
    const refused = new HandMade('/predict', [LONG, AUTHORIZED]);
    await refused.send(bytes);
    const { status, headers, body } = await refused.answered;
    expect([status, JSON.parse(body).code]).toEqual([429, 'rate_limited']);
    expect(headers).toMatch(/retry-after: [1-9]/i);
    for (const request of [...holding, refused]) request.destroy();
    await until(() => budget.bytesInFlight === 0);
    await server.request
      .post('/predict')
      .auth(token, { type: 'bearer' })
      .send({ chatflow_id: 'assistant', question: 'help' })
      .expect(200);
  });
});
