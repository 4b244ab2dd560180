import { randomUUID } from 'node:crypto';
import { fetchEventSource } from '@microsoft/fetch-event-source';
import OpenAI from 'openai';
import { startCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy.js';
import { openBrowser } from '../../support/dialects/browser.js';
import { until } from '../../support/dialects/page.js';
import { watchRequests, type RequestWatch } from '../../support/request-watch.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 10;
const TIMEOUT_MS = 1500;
const WORDS = ['one ', 'two ', 'three ', 'four'];
const RETRIES = 'x-stainless-retry-count';

describe('clients that repeat their requests by themselves', () => {
  let world: TurnWorld;
  let proxy: CuttingProxy;
  let watch: RequestWatch;
  let closeBrowser: () => Promise<void>;
  let user: TestUser;
  let gate: Gate;
  let asked: number;

  beforeAll(async () => {
    closeBrowser = openBrowser();
    world = await TurnWorld.start();
  });
  afterAll(async () => {
    await world.close();
    await closeBrowser();
  });
  beforeEach(async () => {
    // A new one each time: connections that are kept alive have met their fate.
    proxy = await startCuttingProxy(world.server.url);
    user = await world.server.registerUser({ credits: CREDITS });
    watch = watchRequests(world.server);
    gate = new Gate();
    asked = world.upstream.requests.length;
    world.upstream.runAs({ kind: 'toolAgent', gate, answer: () => WORDS });
  });
  afterEach(async () => {
    watch.stop();
    gate.open();
    await proxy.close();
  });

  const balance = () => world.server.read('/accounting/balance', user.token);
  const runs = () => world.upstream.requests.length - asked;

  describe('openai with a time-out that is too short for the answer', () => {
    let client: OpenAI;
    beforeEach(() => {
      client = new OpenAI({
        baseURL: `${world.server.url}/v1`,
        apiKey: user.token,
        timeout: TIMEOUT_MS,
        dangerouslyAllowBrowser: true,
      });
    });
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const ways: readonly (readonly [string, string, () => Promise<string | null | undefined>])[] = [
      [
        'Chat Completions',
        '/v1/chat/completions',
        async () =>
          (await client.chat.completions.create({ model: 'flow', messages })).choices[0]?.message.content,
      ],
      [
        'Responses',
        '/v1/responses',
        async () => (await client.responses.create({ model: 'flow', input: 'Hi' })).output_text,
      ],
    ];

    it.each(ways)('gets the answer by its retry, and pays once: %s', async (_name, path, ask) => {
      const answer = ask();
      const requests = await watch.until(path, 2);
      expect(requests.map(({ headers }) => headers[RETRIES])).toEqual(['0', '1']);
      gate.open();
      expect(await answer).toBe(WORDS.join(''));
      expect(runs()).toBe(1);
      expect(world.upstream.runs.at(-1)?.tools).toHaveLength(1);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
      expect((await world.server.read('/sessions', user.token)).data).toMatchObject([{ messageCount: 2 }]);
    });

    it.each(ways)('gets an answer that was complete before its retry came: %s', async (_name, path, ask) => {
      const answer = ask();
      const [first] = await watch.until(path, 1);
      await new Promise((resolve) => first?.socket.once('close', resolve));
      gate.open();
      expect(await answer).toBe(WORDS.join(''));
      expect(runs()).toBe(1);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    });

    it.each(ways)('is not attached to a turn that failed: %s', async (_name, _path, ask) => {
      let failures = 1;
      world.upstream.runAs({
        kind: 'chain',
        answer: () => WORDS,
        failure: () => (failures-- > 0 ? { kind: 'error', message: 'broken' } : undefined),
      });
      expect(await ask()).toBe(WORDS.join(''));
      expect(runs()).toBe(2);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    });

    it('takes the same question for another one when it is asked anew', async () => {
      gate.open();
      const [[, , ask]] = ways as [(typeof ways)[number]];
      await ask();
      await ask();
      expect(runs()).toBe(2);
      expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
    });
  });

  describe('@microsoft/fetch-event-source, whose connection is cut', () => {
    const seenIn = (messages: readonly { event: string; data: unknown }[]) =>
      messages.flatMap(({ event, data }) => (event === 'token' ? [String(data)] : [])).join('');

    it.each([
      ['while the turn runs', false],
      ['and the turn ends meanwhile', true],
    ])('goes on behind what it has seen: %s', async (_when, endsMeanwhile) => {
      const shown: { event: string; data: unknown }[] = [];
      const key = randomUUID();
      proxy.plan({ kind: 'cut', afterEvents: 2 });
      const done = fetchEventSource(`${proxy.url}/predict/stream/store`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Bearer ${user.token}`,
          'Idempotency-Key': key,
        },
        body: JSON.stringify({ chatflow_id: 'flow', question: 'Hi', sessionId: 'main' }),
        openWhenHidden: true,
        fetch,
        onmessage: ({ data }) => {
          shown.push(JSON.parse(data) as (typeof shown)[number]);
        },
      });
      gate.release();
      await until(() => seenIn(shown) === 'one ');
      if (endsMeanwhile) gate.open();
      const [, again] = await watch.until('/predict/stream/store', 2);
      expect(again?.headers).toMatchObject({
        'idempotency-key': key,
        'last-event-id': '5',
      });
      gate.open();
      await done;
      expect(seenIn(shown)).toBe(WORDS.join(''));
      expect(shown.filter(({ event }) => event === 'session_id')).toHaveLength(1);
      expect(shown.filter(({ event }) => event === 'end')).toHaveLength(1);
      expect(runs()).toBe(1);
      expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
    });

    it('goes on although it has no key, while its turn runs', async () => {
      const shown: { event: string; data: unknown }[] = [];
      proxy.plan({ kind: 'cut', afterEvents: 2 });
      const done = fetchEventSource(`${proxy.url}/predict/stream/store`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${user.token}` },
        body: JSON.stringify({ chatflow_id: 'flow', question: 'Hi', sessionId: 'main' }),
        openWhenHidden: true,
        fetch,
        onmessage: ({ data }) => {
          shown.push(JSON.parse(data) as (typeof shown)[number]);
        },
      });
      gate.release();
      await until(() => seenIn(shown) === 'one ');
      const [, again] = await watch.until('/predict/stream/store', 2);
      expect(again?.headers['last-event-id']).toBe('5');
      gate.open();
      await done;
      expect(seenIn(shown)).toBe(WORDS.join(''));
      expect(runs()).toBe(1);
    });
  });
});
