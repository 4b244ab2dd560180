import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiveTurns } from '../../../src/chat/turn/run/live-turns.js';
import { startCuttingProxy, type CuttingProxy } from '../../support/cutting-proxy.js';
import { openBrowser } from '../../support/dialects/browser.js';
import { CLIENTS } from '../../support/dialects/clients.js';
import type { Ability, ClientFile, ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { until } from '../../support/dialects/page.js';
import { flowise, type FlowiseBehaviour } from '../../support/upstream/flowise-behaviours.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 1000;
const PRICE = 2;
const WORDS = ['one ', 'two ', 'three'];
const PICTURE: ClientFile = {
  name: 'photo.png',
  mime: 'image/png',
  dataUrl: 'data:image/png;base64,iVBORw0KGgo=',
};

let dialects: DialectServer;
let proxy: CuttingProxy;
let closeBrowser: () => Promise<void>;

beforeAll(async () => {
  closeBrowser = openBrowser();
  dialects = await DialectServer.start();
});
afterAll(async () => {
  await dialects.close();
  await closeBrowser();
});

describe.each(CLIENTS.map((client) => [client.name, client] as const))('%s', (_name, client) => {
  let setup: ClientSetup;
  let session: string;
  let before: number;
  let asked: number;

  beforeAll(async () => ({ setup } = await dialects.newClient(CREDITS)));
  beforeEach(async () => {
    session = randomUUID();
    before = Number((await balance()).available);
    await dialects.useFreshUpstream();
    // A new one each time: connections that are kept alive have met their fate.
    proxy = await startCuttingProxy(dialects.server.url);
    asked = dialects.upstream.requests.length;
  });
  afterEach(() => proxy.close());

  const runs = () => dialects.upstream.requests.length - asked;
  const balance = () => dialects.server.read('/accounting/balance', setup.token);
  const paid = (turns: number) => ({ available: before - turns * PRICE, held: 0 });
  const can = (ability: Ability) => client.cannot?.[ability] === undefined;
  const inSession = () => (can('sessions') ? { session } : {});
  /** Whether somebody reads an answer that is not complete yet. */
  const isWatched = () =>
    dialects.server
      .get(LiveTurns)
      .all()
      .some(({ stream }) => stream.readerCount > 0);

  /** The question `first` is answered word by word, as the gate lets them through. */
  function answerSlowly(): Gate {
    const gate = new Gate();
    dialects.upstream.runAs({
      kind: 'chain',
      gate: ({ question }) => (question === 'first' ? gate : undefined),
      answer: ({ question }) => (question === 'first' ? WORDS : ['You said: ', question]),
    });
    return gate;
  }

  /** Asks, and waits until the first word shows, or would. */
  async function askFirst(gate: Gate, to: ClientSetup, asking: { resumes?: boolean; signal?: AbortSignal }) {
    const shown: string[] = [];
    const onText = (text: string) => shown.push(text);
    const answer = client.ask(to, 'first', { ...inSession(), ...asking, onText });
    await dialects.upstream.request(asked);
    gate.release();
    if (client.streams) await until(() => shown.includes('one '));
    else await until(isWatched);
    return { answer };
  }

  const AT_THE_END: readonly (readonly [string, FlowiseBehaviour])[] = [
    ['tells an error', flowise.frames(['token', 'All of it'], ['error', 'secret'], ['end', '[DONE]'])],
    ['breaks off', flowise.reset('All of it')],
    ['just ends', flowise.frames(['token', 'All of it'])],
  ];
  (can('givesUpSoon') ? it.each(AT_THE_END) : it.skip.each(AT_THE_END))(
    'shows its error when the upstream has said everything and then %s',
    async (_how, behaviour) => {
      dialects.upstream.respondWith(behaviour);
      const { error } = await client.ask(setup, 'Hi');
      expect(error).toMatch(/./);
      expect(error).not.toMatch(/secret|stack|127\.0\.0\.1/);
      expect(await balance()).toEqual(paid(0));
    },
  );

  it('asks again what has failed, by itself or not, and pays once', async () => {
    let failures = 1;
    dialects.upstream.runAs({
      kind: 'chain',
      answer: () => WORDS,
      failure: () => (failures-- > 0 ? { kind: 'error', message: 'secret' } : undefined),
    });
    let seen = await client.ask(setup, 'Hi', inSession());
    if (seen.error !== undefined) seen = await client.ask(setup, 'Hi', inSession());
    expect(seen).toEqual({ text: WORDS.join('') });
    expect(runs()).toBe(2);
    expect(await balance()).toEqual(paid(1));
  });

  it('asks the same twice, one after the other, and gets two answers', async () => {
    for (const count of [1, 2]) {
      expect(await client.ask(setup, 'Hi')).toMatchObject({ text: expect.stringMatching(/./) });
      expect(runs()).toBe(count);
      expect(await balance()).toEqual(paid(count));
    }
  });

  (can('stop') ? it : it.skip)('stops and asks again at once', async () => {
    const gate = answerSlowly();
    const leaving = new AbortController();
    const { answer } = await askFirst(gate, setup, { signal: leaving.signal });
    leaving.abort();
    expect(await answer).not.toHaveProperty('error');
    expect(await client.ask(setup, 'second', inSession())).toEqual({ text: 'You said: second' });
    expect(runs()).toBe(2);
    gate.open();
    await dialects.upstream.whenIdle();
    await until(() => dialects.server.get(LiveTurns).count === 0);
    // One word was said, whether the client has shown it or not.
    expect(await balance()).toEqual(paid(2));
    if (!can('sessions')) return;
    const { data } = await dialects.server.read(`/sessions/${session}/messages`, setup.token);
    expect(data).toMatchObject([
      { role: 'user', status: 'stopped', content: 'first' },
      { role: 'assistant', status: 'stopped', content: 'one ' },
      { role: 'user', status: 'completed', content: 'second' },
      { role: 'assistant', status: 'completed', content: 'You said: second' },
    ]);
  });

  (can('cut') ? it : it.skip)('is cut in the middle and goes on, or says so and asks again', async () => {
    const gate = answerSlowly();
    const { answer } = await askFirst(gate, { ...setup, url: proxy.url }, { resumes: true });
    const again = can('resume') ? nextRequest() : undefined;
    proxy.cutAll();
    let last = answer;
    if (again === undefined) {
      expect((await answer).error).toMatch(/./);
      await until(() => !isWatched());
      last = client.ask(setup, 'first', inSession());
    } else {
      await again;
    }
    await until(isWatched);
    gate.open();
    expect(await last).toEqual({ text: WORDS.join('') });
    // Only who says which conversation it was can be told that it is the same question.
    const turns = can('sessions') ? 1 : 2;
    expect(runs()).toBe(turns);
    await until(() => dialects.server.get(LiveTurns).count === 0);
    expect(await balance()).toEqual(paid(turns));
  });

  (can('files') ? it : it.skip)('brings a picture along', async () => {
    dialects.upstream.respondWith(flowise.tokens('A cat.'));
    expect(await client.ask(setup, 'What is it?', { file: PICTURE })).toEqual({ text: 'A cat.' });
    expect(dialects.upstream.requests.at(-1)?.body).toMatchObject({
      question: 'What is it?',
      uploads: [
        {
          type: 'file',
          mime: PICTURE.mime,
          data: PICTURE.dataUrl,
          name: expect.stringMatching(/\.png$/),
        },
      ],
    });
  });
});

it('docs/clients.md says what each cannot do', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../docs/clients.md'), 'utf8');
  const reasons = CLIENTS.flatMap(({ cannot = {} }) => Object.values(cannot));
  expect(reasons.filter((reason) => !text.includes(reason))).toEqual([]);
});

/** The next request that reaches the server. */
function nextRequest(): Promise<void> {
  const http = dialects.server.tollgate.app.getHttpServer();
  return new Promise((resolve) => http.once('request', () => resolve()));
}
