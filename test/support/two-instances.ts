import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedProcess } from '../../packages/embedded-mongo/test/support/embedded-process.js';
import type { EventStream } from './event-stream.js';
import { startTestServer, type TestServer, type TestUser } from './test-server.js';
import { startFlowiseUpstream, type FlowiseUpstream } from './upstream/flowise-upstream.js';

/** The way of one instance to its database, which a test can cut. */
export interface DatabaseLink {
  readonly uri: string;
  /** Breaks all connections; new ones break too until it is mended. */
  cut(): void;
  mend(): void;
  /** From the command that contains this text on, what the instance says is on its way, as on a network that drops packets, until it is let through. */
  holdFrom(text: string): void;
  /** Whether the text has come. */
  readonly isHolding: boolean;
  letThrough(): void;
  /** The first of what is held, which is the command that was waited for. */
  letFirstThrough(): void;
}

/** Two instances of the application over one database, with one Flowise behind them. */
export interface TwoInstances {
  readonly one: TestServer;
  readonly two: TestServer;
  readonly upstream: FlowiseUpstream;
  /** The first instance's. */
  readonly link: DatabaseLink;
  /** One more over the same database, which knows nothing but what is stored there. Its starter closes it. */
  startAnother(): Promise<TestServer>;
  newUser(credits?: number): Promise<TestUser>;
  ask(server: TestServer, user: TestUser, question: string, sessionId?: string): Promise<EventStream>;
  close(): Promise<void>;
}

/** @param env settings of both */
export async function startTwoInstances(env: Readonly<Record<string, string>> = {}): Promise<TwoInstances> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-two-'));
  const database = await startEmbeddedProcess(dataDir);
  const { link, close: closeLink } = await startLink(database.uri);
  const upstream = await startFlowiseUpstream('flow');
  const settings = {
    JWT_SECRET: 'a secret that both instances know',
    FLOWISE_API_URL: upstream.url,
    FLOWISE_API_KEY: upstream.apiKey,
    DEFAULT_CHATFLOW: 'flow',
    TURNS_PER_MINUTE: '100000',
    CONCURRENT_TURNS: '100000',
    ...env,
  };
  const one = await startTestServer({ ...settings, MONGODB_URI: link.uri });
  const startAnother = () => startTestServer({ ...settings, MONGODB_URI: withDatabase(database.uri) });
  const two = await startAnother();
  const { token } = await one.admin();
  await one.request
    .put('/chatflows/flow')
    .auth(token, { type: 'bearer' })
    .send({
      name: 'Flow',
      provider: 'flowise',
      upstream: { flowId: 'flow' },
      price: { credits: 1 },
      access: { public: true },
    })
    .expect(201);
  return {
    one,
    two,
    upstream,
    link,
    startAnother,
    newUser: (credits) => two.registerUser(credits === undefined ? {} : { credits }),
    ask: (server, user, question, sessionId = 'main') =>
      server.stream('/predict/stream/store', {
        token: user.token,
        body: { chatflow_id: 'flow', question, sessionId },
      }),
    async close() {
      await one.close();
      await two.close();
      await closeLink();
      await upstream.close();
      await database.kill('SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function withDatabase(uri: string): string {
  return `${uri.replace(/\/$/, '')}/tollgate_two`;
}

/** The embedded database listens on a socket of the file system. */
async function startLink(target: string) {
  const address = decodeURIComponent(target.replace(/^mongodb:\/\//, '').replace(/\/$/, ''));
  const sockets = new Set<Socket>();
  let isCut = false;
  let wanted: string | undefined;
  let isHolding = false;
  let held: (() => void)[] = [];
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const database = connect(address);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    database.pipe(client);
    client.on('data', (said: Buffer) => {
      isHolding ||= wanted !== undefined && said.includes(wanted);
      if (isHolding) held.push(() => database.write(said));
      else database.write(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const { port } = server.address() as AddressInfo;
  const link: DatabaseLink = {
    uri: withDatabase(`mongodb://127.0.0.1:${port}`),
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    holdFrom: (text) => {
      wanted = text;
    },
    get isHolding() {
      return isHolding;
    },
    letFirstThrough: () => held.shift()?.(),
    letThrough: () => {
      wanted = undefined;
      isHolding = false;
      for (const write of held) write();
      held = [];
    },
  };
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      breakAll();
    });
  return { link, close };
}
