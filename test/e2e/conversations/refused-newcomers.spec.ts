import { readUntilText } from '../../support/read-until.js';
import { readWhole, TurnWorld } from '../../support/turn-world.js';
import { Gate } from '../../support/upstream/gate.js';

const WORDS = ['one ', 'two ', 'three'];

describe('a question that is refused', () => {
  let world: TurnWorld;
  let first: Gate;

  beforeAll(async () => (world = await TurnWorld.start({ TURNS_PER_MINUTE: '2', CONCURRENT_TURNS: '2' })));
  afterAll(() => world.close());
  beforeEach(async () => {
    first = new Gate();
    world.upstream.runAs({
      kind: 'chain',
      gate: ({ question }) => (question === 'first' ? first : undefined),
      answer: ({ question }) => (question === 'first' ? WORDS : ['You said: ', question]),
    });
    await world.putChatflow('free-stop', { chargeOnStop: false });
    await world.putChatflow('dear', { price: { credits: 5 } });
  });

  /** Somebody who has left in the middle of an answer. */
  async function leave(credits: number, chatflowId = 'flow') {
    const user = await world.server.registerUser({ credits });
    const left = await world.ask({ user, sessionId: 'main', question: 'first', chatflowId });
    first.release();
    await readUntilText(left, 'one ');
    left.abort();
    return { user, turnId: String(left.headers['x-turn-id']) };
  }
  async function expectUntouched({ user, turnId }: Awaited<ReturnType<typeof leave>>): Promise<void> {
    expect(await world.server.read(`/turns/${turnId}`, user.token)).toMatchObject({ status: 'running' });
    first.open();
    expect(await world.stored(turnId, user)).toMatchObject({
      status: 'completed',
      captured: 1,
      messages: ['user completed first', 'assistant completed one two three'],
    });
  }

  it('for want of credits stops nothing that was left: it goes on to its end', async () => {
    const left = await leave(1);
    const refused = await world.ask({ user: left.user, sessionId: 'main', question: 'second' });
    expect([refused.status, JSON.parse(await refused.text())]).toMatchObject([
      402,
      { code: 'insufficient_credits', required: 1, available: 0 },
    ]);
    await expectUntouched(left);
  });

  it('for want of credits even with those that come back stops nothing', async () => {
    const left = await leave(2, 'free-stop');
    const refused = await world.ask({
      user: left.user,
      sessionId: 'main',
      question: 'second',
      chatflowId: 'dear',
    });
    expect(refused.status).toBe(402);
    await expectUntouched(left);
  });

  it('is none when the credits come back with the turn that yields', async () => {
    const { user, turnId } = await leave(1, 'free-stop');
    const { text } = await world.askWhole({ user, sessionId: 'main', question: 'second' });
    expect(text).toBe('You said: second');
    expect(await world.stored(turnId, user)).toMatchObject({ status: 'stopped', captured: 0 });
  });

  it('because of the rate stops nothing either', async () => {
    const left = await leave(10);
    await world.askWhole({ user: left.user, sessionId: 'other', question: 'spends the rate' });
    const refused = await world.ask({ user: left.user, sessionId: 'main', question: 'second' });
    expect([refused.status, JSON.parse(await refused.text())]).toMatchObject([429, { code: 'rate_limited' }]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await expectUntouched(left);
  });
});

describe('a repeat with a key of a turn that was asked without one', () => {
  let world: TurnWorld;
  let gate: Gate;

  beforeAll(async () => (world = await TurnWorld.start()));
  afterAll(() => world.close());
  beforeEach(() => {
    gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate, answer: () => WORDS });
  });

  it('is attached, and so is every later one with that key, when the turn has ended too', async () => {
    const user = await world.server.registerUser({ credits: 10 });
    const ask = (key?: string) =>
      world.ask({ user, sessionId: 'main', question: 'first', ...(key === undefined ? {} : { key }) });
    const keyless = await ask();
    const [keyed, again] = [await ask('key'), await ask('key')];
    const turnId = keyless.headers['x-turn-id'];
    expect([keyed, again].map(({ headers }) => headers['x-turn-id'])).toEqual([turnId, turnId]);
    // Another key is another wish, and this turn is watched.
    const other = await ask('other');
    expect([other.status, JSON.parse(await other.text())]).toMatchObject([409, { code: 'turn_in_progress' }]);
    gate.open();
    await Promise.all([keyless, keyed, again].map(readWhole));
    const late = await ask('key');
    expect(late.headers['x-turn-id']).toBe(turnId);
    expect(await readWhole(late)).toMatchObject({ text: WORDS.join(''), ended: true });
    expect(await world.server.read('/accounting/balance', user.token)).toEqual({ available: 9, held: 0 });
    // The key stands for this question only.
    const changed = await world.ask({ user, sessionId: 'main', question: 'second', key: 'key' });
    expect([changed.status, JSON.parse(await changed.text())]).toMatchObject([
      422,
      { code: 'idempotency_key_reused' },
    ]);
  });
});
