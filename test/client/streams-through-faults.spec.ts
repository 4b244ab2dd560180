import { setTimeout as delay } from 'node:timers/promises';
import { TollgateClient, type Transaction } from '@tollgate/client';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { flowise, flowiseFrame, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.js';
import { seededRandom } from './random.js';

const STREAMS = Number(process.env.CLIENT_STREAMS ?? (process.env.TEST_SIZE === 'full' ? 1000 : 300));
const SEED = Number(process.env.CLIENT_SEED ?? Date.now() % 1_000_000);
const AT_ONCE = 50;
const FLOOD_TOKENS = 400;
const PACED_TOKENS = Array.from({ length: 60 }, (_, index) => `${index}:ü😀\n"\\ `);

/** Tokens a few at a time, as a model writes them. */
const paced: FlowiseBehaviour = async (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let at = 0; at < PACED_TOKENS.length && !response.destroyed; at += 3) {
    response.write(
      PACED_TOKENS.slice(at, at + 3)
        .map((token) => flowiseFrame('token', token))
        .join(''),
    );
    await delay(10);
  }
  response.end(flowiseFrame('end', '[DONE]'));
};

const EXPECTED: Readonly<Record<string, string>> = {
  flood: Array.from({ length: FLOOD_TOKENS }, (_, index) => `t${index} `).join(''),
  paced: PACED_TOKENS.join(''),
};

describe(`${STREAMS} streams through a connection that is cut, stalled and split (CLIENT_SEED=${SEED})`, () => {
  let replay: FlowiseReplay;
  let server: TestServer;
  let proxy: FaultyProxy;
  let user: TestUser;

  beforeAll(async () => {
    replay = await startFlowiseReplay();
    replay.respondWith(flowise.flood(FLOOD_TOKENS), 'flood');
    replay.respondWith(paced, 'paced');
    server = await startTestServer({
      FLOWISE_API_URL: replay.url,
      TURNS_PER_MINUTE: '1000000',
      CONCURRENT_TURNS: '1000',
      ASSISTANT_DELAY_MS: '1',
      ACCESS_TOKEN_TTL_S: '3600',
      HEARTBEAT_INTERVAL_MS: '100',
    });
    const admin = await server.admin();
    for (const id of ['flood', 'paced']) {
      await server.request
        .put(`/chatflows/${id}`)
        .auth(admin.token, { type: 'bearer' })
        .send({
          name: id,
          provider: 'flowise',
          upstream: { flowId: id },
          price: { credits: 1 },
          access: { public: true },
        })
        .expect(201);
    }
    user = await server.registerUser({ credits: STREAMS });
    const faults = { stall: 0.05, withinBytes: 5000, longLived: 0.3 };
    proxy = await startFaultyProxy(server.url, faults, seededRandom(SEED));
  });

  afterAll(async () => {
    await proxy.close();
    await server.close();
    await replay.close();
  });

  it('bring every character once, in order, and are charged once each', async () => {
    const tollgate = new TollgateClient({
      baseUrl: proxy.url,
      accessToken: user.token,
      requestTimeoutMs: 2000,
      eventTimeoutMs: 600,
      maxRetries: 60,
    });
    const direct = new TollgateClient({ baseUrl: server.url, accessToken: user.token });
    const help = await answerOf(direct, 'help');
    const turns = new Set<string>([help.turnId]);
    const totals = { retries: 0, duplicates: 0, malformed: 0 };
    let next = 1;

    const work = async (): Promise<void> => {
      while (next < STREAMS) {
        const index = next++;
        const chatflowId = ['flood', 'paced', 'assistant'][index % 3] ?? 'assistant';
        // Every other one is read with `for await`, the others with callbacks.
        let seen = '';
        const isIterated = index % 2 === 0;
        const stream = tollgate.chat.stream({
          chatflowId,
          question: 'help',
          bufferSize: 8,
          ...(isIterated ? {} : { onToken: (text: string) => (seen += text) }),
        });
        if (isIterated) for await (const event of stream) if (event.type === 'token') seen += event.text;
        const result = await stream.result();
        const expected = EXPECTED[chatflowId] ?? help.text;
        if (seen !== expected || result.text !== expected)
          throw new Error(
            `stream ${index} (${chatflowId}) brought ${seen.length} of ${expected.length} characters`,
          );
        expect(result.charged).toBe(1);
        expect(result.messageId).not.toBe('');
        turns.add(result.turnId);
        totals.retries += result.statistics.retries;
        totals.duplicates += result.statistics.duplicateEvents;
        totals.malformed += result.statistics.malformedEvents;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));

    expect(turns.size).toBe(STREAMS);
    expect(await direct.accounting.balance()).toEqual({ available: 0, held: 0 });
    const captures = (await allTransactions(direct)).filter(({ kind }) => kind === 'capture');
    expect(captures).toHaveLength(STREAMS);
    expect(new Set(captures.map(({ turnId }) => turnId))).toEqual(turns);
    expect(totals.malformed).toBe(0);
    // Otherwise the proxy did nothing and the test showed nothing.
    expect(totals.retries).toBeGreaterThan(STREAMS / 10);
    process.stdout.write(
      `${STREAMS} streams, seed ${SEED}: ${JSON.stringify({ ...proxy.counts, ...totals })}\n`,
    );
  }, 600_000);
});

const answerOf = (client: TollgateClient, question: string) => client.chat.stream({ question }).result();

async function allTransactions(client: TollgateClient): Promise<Transaction[]> {
  const all: Transaction[] = [];
  for (let after: string | undefined; ;) {
    const page = await client.accounting.transactions({ limit: 100, after });
    all.push(...page.data);
    if (page.next_cursor === null) return all;
    after = page.next_cursor;
  }
}
