import { Chat } from '@ai-sdk/react';
import { resumingFetch } from '@tollgate/client';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.js';
import { textOf } from '../support/dialects/ai-sdk-clients.js';
import { TurnWorld } from '../support/turn-world.js';
import { seededRandom } from './random.js';

const SEED = Number(process.env.CLIENT_SEED ?? Date.now() % 1_000_000);
const ROUNDS = 40;
const WORDS = Array.from({ length: 60 }, (_, index) => `${index}:ü😀\n"\\ `);

describe(`the AI SDK's chat over a fetch that resumes (CLIENT_SEED=${SEED})`, () => {
  let world: TurnWorld;
  let proxy: CuttingProxy;
  const random = seededRandom(SEED);

  beforeAll(async () => {
    world = await TurnWorld.start();
    world.upstream.runAs({ kind: 'chain', answer: () => WORDS });
    proxy = await startCuttingProxy(world.server.url);
  });
  afterAll(async () => {
    await proxy.close();
    await world.close();
  });

  const chatOf = (options: Parameters<typeof resumingFetch>[0] = {}, url = proxy.url) =>
    new Chat<UIMessage>({
      transport: new DefaultChatTransport({
        api: `${url}/api/chat`,
        headers: { Authorization: `Bearer ${world.user.token}` },
        body: { chatflowId: 'flow' },
        fetch: resumingFetch(options),
      }),
    });
  const answerOf = (chat: Chat<UIMessage>) => textOf(chat.messages.at(-1));

  it('shows the whole answer, once, and no error, however often it is cut', async () => {
    let reconnects = 0;
    const before = await world.server.read('/accounting/balance', world.user.token);
    for (let round = 0; round < ROUNDS; round += 1) {
      const cuts = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
        kind: 'cut' as const,
        afterBytes: Math.floor(random() * 2000),
      }));
      proxy.plan(...cuts);
      const chat = chatOf({ onReconnect: () => (reconnects += 1) });
      await chat.sendMessage({ text: 'Hi' });
      expect([chat.status, chat.error]).toEqual(['ready', undefined]);
      expect(answerOf(chat)).toBe(WORDS.join(''));
      proxy.plan();
    }
    expect(reconnects).toBeGreaterThan(ROUNDS / 2);
    const after = await world.server.read('/accounting/balance', world.user.token);
    expect(Number(before.available) - Number(after.available)).toBe(ROUNDS);
  });

  it('shows the break when there is nobody to go on with', async () => {
    // With connections of its own: only a new one is cut.
    const breaking = await startCuttingProxy(world.server.url);
    breaking.plan({ kind: 'cut', afterBytes: 200 });
    let asked = 0;
    const lost: typeof fetch = (input, init) => {
      asked += 1;
      return asked === 1 ? fetch(input, init) : Promise.reject(new TypeError('no network'));
    };
    const chat = chatOf({ maxRetries: 2, fetch: lost }, breaking.url);
    await chat.sendMessage({ text: 'Hi' });
    expect([chat.status, asked]).toEqual(['error', 3]);
    await breaking.close();
  });

  it('shows a turn that fails as it is, and what is refused', async () => {
    world.upstream.runAs({
      kind: 'chain',
      failure: () => ({ kind: 'error', message: 'lost', afterTokens: 3 }),
    });
    let reconnects = 0;
    const chat = chatOf({ onReconnect: () => (reconnects += 1) });
    await chat.sendMessage({ text: 'Hi' });
    expect([chat.status, reconnects]).toEqual(['error', 0]);
    const refused = await resumingFetch()(`${proxy.url}/api/chat`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(401);
    world.upstream.runAs({ kind: 'chain', answer: () => WORDS });
  });

  it('leaves with its reader', async () => {
    const controller = new AbortController();
    const response = await resumingFetch()(`${proxy.url}/predict/stream/store`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.user.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ chatflow_id: 'flow', question: 'Hi' }),
      signal: controller.signal,
    });
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort();
    await expect(
      (async () => {
        for (;;) if ((await reader.read()).done) return;
      })(),
    ).rejects.toThrow();
  });
});
