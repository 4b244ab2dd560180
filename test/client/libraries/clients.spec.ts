import { openBrowser } from '../../support/dialects/browser.js';
import { CLIENTS } from '../../support/dialects/clients.js';
import type { ClientSetup, DialectClient, Seen } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';
import { flowiseFixtureNames, readFlowiseFixture, textOf } from '../../support/upstream/flowise-fixtures.js';
import { Gate } from '../../support/upstream/gate.js';

const HEARTBEAT_INTERVAL_MS = 20;
const PRICE = 2;
const NEVER_SEEN = /secret|stack|127\.0\.0\.1/;

/** Those that show an error before a test's time is over. */
const GIVING_UP = CLIENTS.filter(({ cannot }) => cannot?.givesUpSoon === undefined);

let dialects: DialectServer;
let closeBrowser: () => Promise<void>;

beforeAll(async () => {
  closeBrowser = openBrowser();
  dialects = await DialectServer.start({ HEARTBEAT_INTERVAL_MS: String(HEARTBEAT_INTERVAL_MS) });
});
afterAll(async () => {
  await dialects.close();
  await closeBrowser();
});

describe.each(CLIENTS.map((client) => [client.name, client] as const))(
  '%s',
  (_name, client: DialectClient) => {
    let setup: ClientSetup;
    let rich: ClientSetup;
    let before: number;

    const ask = (question = 'Hi', onText?: (text: string) => void): Promise<Seen> =>
      client.ask(setup, question, onText === undefined ? {} : { onText });
    const balance = () => dialects.server.read('/accounting/balance', setup.token);
    const paid = (turns: number) => ({ available: before - turns * PRICE, held: 0 });

    beforeAll(async () => ({ setup: rich } = await dialects.newClient()));
    beforeEach(async () => {
      setup = rich;
      before = Number((await balance()).available);
      await dialects.useFreshUpstream();
    });

    it('shows the answer, which is stored and charged once', async () => {
      dialects.upstream.respondWith(flowise.tokens('Hello', ' “w\n', 'örld” 🙂'));
      expect(await ask('Hi?')).toEqual({ text: 'Hello “w\nörld” 🙂' });
      expect(await balance()).toEqual(paid(1));
      const session = await sessionOf(setup);
      const messages = await dialects.server.read(`/sessions/${session}/messages`, setup.token);
      expect(messages.data).toMatchObject([
        { role: 'user', content: 'Hi?' },
        { role: 'assistant', content: 'Hello “w\nörld” 🙂', status: 'completed' },
      ]);
    });

    it('is not disturbed by heartbeats, and shows text as it comes', async () => {
      const gate = new Gate();
      dialects.upstream.respondWith(flowise.gated(gate, 'a', 'b'));
      const shown: string[] = [];
      const done = ask('Hi', (text) => shown.push(text));
      await dialects.upstream.request(0);
      await silence();
      gate.release();
      if (client.streams) await until(() => shown.includes('a'));
      await silence();
      gate.open();
      expect(await done).toEqual({ text: 'ab' });
      if (client.streams) expect(shown).toEqual(expect.arrayContaining(['a', 'ab']));
    });

    // One that repeats what has failed for minutes is asked in client-questions.spec.ts whether it gets its answer then.
    const givesUp = client.cannot?.givesUpSoon === undefined;

    (givesUp ? it : it.skip)('shows its error when the upstream fails', async () => {
      dialects.upstream.respondWith(flowise.status(500));
      const { error } = await ask();
      expect(error).toMatch(/./);
      expect(error).not.toMatch(NEVER_SEEN);
      expect(await balance()).toEqual(paid(0));
    });

    (givesUp ? it : it.skip)('shows its error when the upstream breaks in the middle', async () => {
      dialects.upstream.respondWith(flowise.reset('Hello'));
      const { error } = await ask();
      expect(error).toMatch(/./);
      expect(error).not.toMatch(NEVER_SEEN);
      expect(await balance()).toEqual(paid(0));
    });

    it('shows its error when the credits do not suffice, and the upstream is not asked', async () => {
      ({ setup } = await dialects.newClient(1));
      expect((await ask()).error).toMatch(/./);
      expect(dialects.upstream.requests).toHaveLength(0);
    });

    it('shows its error when nobody knows who asks', async () => {
      setup = { ...setup, token: 'tg_nobody' };
      expect((await ask()).error).toMatch(/./);
    });

    it('shows its error when the turn is stopped', async () => {
      dialects.upstream.respondWith(flowise.hangAfter(['Hello']));
      const done = ask();
      await dialects.upstream.request(0);
      const session = await sessionOf(setup);
      const { activeTurnId } = await dialects.server.read(`/sessions/${session}`, setup.token);
      await dialects.server.request
        .post(`/turns/${String(activeTurnId)}/stop`)
        .auth(setup.token, { type: 'bearer' })
        .expect(200);
      expect((await done).error).toMatch(/./);
      // Not even by a client that repeats what fails.
      expect(dialects.upstream.requests).toHaveLength(1);
    });
  },
);

describe('every client', () => {
  it('shows its error when the server shuts down', async () => {
    const leaving = await DialectServer.start();
    try {
      leaving.upstream.respondWith(flowise.hangAfter(['Hello']));
      const { setup } = await leaving.newClient();
      const done = Promise.all(GIVING_UP.map((client) => client.ask(setup, 'Hi')));
      await leaving.upstream.request(GIVING_UP.length - 1);
      await leaving.server.close();
      const shown = (await done).map(({ error }, index) => [GIVING_UP[index]?.name, error]);
      expect(shown).toEqual(GIVING_UP.map(({ name }) => [name, expect.stringMatching(/./)]));
    } finally {
      await leaving.close();
    }
  });

  it.each(flowiseFixtureNames())('says the same about a recorded stream: %s', async (name) => {
    const { golden } = readFlowiseFixture(name);
    await dialects.useFreshUpstream();
    const { setup } = await dialects.newClient();
    dialects.upstream.respondWith(flowise.recorded(name, undefined, '0'));
    const text = textOf(golden.events);
    const completes = golden.outcome === 'done' && golden.events.some(isContent);
    const clients = completes ? CLIENTS : GIVING_UP;
    const answers = await Promise.all(clients.map((client) => client.ask(setup, 'Hi')));
    const expected = completes ? { text } : { text: expect.any(String), error: expect.stringMatching(/./) };
    expect(answers.map((seen, index) => [clients[index]?.name, seen])).toEqual(
      clients.map(({ name }) => [name, expected]),
    );
  });
});

/** The session that the client was given, or has named. */
async function sessionOf({ token }: ClientSetup): Promise<string> {
  const { data } = await dialects.server.read('/sessions', token);
  return String((data as { id: string }[])[0]?.id);
}

const isContent = ({ type }: { type: string }): boolean => type === 'text-delta' || type === 'input-request';

/** Long enough for some heartbeats. */
const silence = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 4 * HEARTBEAT_INTERVAL_MS));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
