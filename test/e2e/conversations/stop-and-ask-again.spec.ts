import { readRest, readUntilText } from '../../support/read-until.js';
import type { TestUser } from '../../support/test-server.js';
import { readWhole, seenIn, TurnWorld } from '../../support/turn-world.js';
import type { ScriptedFlow } from '../../support/upstream/flowise-double/flow.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 10;
const OLD = ['old1 ', 'old2 ', 'old3 ', 'old4 ', 'old5 ', 'old6'];
const NEW = ['new1 ', 'new2 ', 'new3'];
/** Whether a flow of the kind ends when it is told to. */
const KINDS: readonly (readonly [ScriptedFlow['kind'], boolean])[] = [
  ['chain', false],
  ['toolAgent', false],
  ['agentflow2', true],
  ['sequentialAgents', true],
];

describe('a question right behind an answer that was stopped', () => {
  let world: TurnWorld;
  let user: TestUser;
  let old: Gate;
  let fresh: Gate;

  beforeAll(async () => (world = await TurnWorld.start()));
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser({ credits: CREDITS });
    [old, fresh] = [new Gate(), new Gate()];
  });

  const runAs = (kind: ScriptedFlow['kind']): void => {
    world.upstream.runAs({
      kind,
      gate: ({ question }) => (question === 'old' ? old : question === 'new' ? fresh : undefined),
      answer: ({ question, history }) =>
        question === 'old' ? OLD : question === 'new' ? NEW : tell(history),
    });
  };
  const ask = (question: string) => world.ask({ user, sessionId: 'main', question });

  it.each(KINDS)('has no word of it: a %s', async (kind, stops) => {
    runAs(kind);
    const before = world.upstream.requests.length;
    const stopped = await ask('old');
    old.release(3);
    const behind = await readUntilText(stopped, 'old1 old2 old3 ');
    const { body: proof } = await world.server.request
      .post(`/turns/${String(stopped.headers['x-turn-id'])}/stop`)
      .auth(user.token, { type: 'bearer' })
      .expect(200);
    expect(proof).toMatchObject({ status: 'stopped', charged: 1, upstreamAcknowledged: stops });

    const asked = ask('new');
    await world.upstream.request(before + 1);
    // Both speak now, if the old one still does.
    old.open();
    fresh.open();
    const answer = await readWhole(await asked);
    expect(answer).toMatchObject({ text: NEW.join(''), ended: true, metadata: { charged: 1 } });
    const end = seenIn(await readRest(behind));
    expect([end.text, end.error?.code]).toEqual(['', 'turn_stopped']);

    await world.upstream.whenIdle();
    expect(world.upstream.runs.at(-2)?.state).toBe(stops ? 'aborted' : 'ended');
    const bodies = world.upstream.requests.slice(before).map(({ body }) => body);
    expect(new Set(bodies.map(({ chatId }) => chatId)).size).toBe(2);
    expect(new Set(bodies.map(({ overrideConfig }) => JSON.stringify(overrideConfig))).size).toBe(2);

    expect(await world.stored(String(stopped.headers['x-turn-id']), user)).toMatchObject({
      status: 'stopped',
      captured: 1,
      messages: ['user stopped old', 'assistant stopped old1 old2 old3 '],
    });
    expect(await world.stored(answer.turnId, user)).toMatchObject({
      status: 'completed',
      captured: 1,
      messages: ['user completed new', 'assistant completed new1 new2 new3'],
      balance: { available: CREDITS - 2, held: 0 },
    });
    // What the old run has said to nobody is never told again.
    expect((await world.askWhole({ user, sessionId: 'main', question: 'what?' })).text).toBe(
      'old; old1 old2 old3 ; new; new1 new2 new3; ',
    );
  });

  it.each(KINDS)('may come many times: a %s', async (kind) => {
    world.upstream.runAs({
      kind,
      answer: ({ question }) => [`${question}.a `, `${question}.b `, `${question}.c`],
    });
    const rich = await world.server.registerUser({ credits: 100 });
    for (let round = 0; round < 40; round++) {
      const stream = await world.ask({ user: rich, sessionId: 'main', question: `q${round}` });
      const turnId = String(stream.headers['x-turn-id']);
      const reading = readWhole(stream);
      if (round % 2 === 0) {
        await world.server.request
          .post(`/turns/${turnId}/stop`)
          .auth(rich.token, { type: 'bearer' })
          .expect(200);
      }
      const { text } = await reading;
      const whole = `q${round}.a q${round}.b q${round}.c`;
      expect(text).toBe(round % 2 === 0 ? whole.slice(0, text.length) : whole);
    }
    expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
  });
});

const tell = (history: readonly { readonly content: string }[]): readonly string[] =>
  history.map(({ content }) => `${content}; `);
