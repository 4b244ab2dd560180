import type { BranchPath } from '../../src/chat/records/branch-path.js';
import type { TurnStore } from '../../src/chat/records/turn.store.port.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../src/chat/records/turn.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseTurnStore } from '../../src/persistence/chat/mongoose-turn.store.js';
import { CHECKPOINT_MODEL, TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const NOW = Date.now();
const at = (ms: number): Date => new Date(NOW + ms);
const leaseOf = (owner: string, expiresAt = at(60_000)): Lease => ({ owner, fence: 1, expiresAt });

const DECISION: Settlement = {
  outcome: 'completed',
  charge: 'capture',
  stores: true,
  answer: { text: 'hello', events: [{ type: 'text', length: 5 }] },
  measures: { textEvents: 1, characters: 5, repairedEvents: 0 },
  position: 6,
  endedAt: at(100),
};

describe('TurnStore on mongoose', () => {
  let database: TestDatabase;
  let store: TurnStore;
  let count = 0;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseTurnStore(
      database.model(TURN_MODEL),
      database.model(CHECKPOINT_MODEL),
      database.writer('driver'),
    );
  });
  afterAll(() => database.close());

  function openingOf(changes: Partial<TurnOpening> = {}): TurnOpening {
    count += 1;
    return {
      id: `turn-${count}`,
      tenantId: 'default',
      userId: 'ada',
      accountId: 'account',
      sessionId: `session-${count}`,
      chatflowId: 'assistant',
      provider: 'assistant',
      question: 'Hi',
      price: 1,
      chatflowVersion: 1,
      chargeOnStop: true,
      onDisconnect: { stopAfterSeconds: 3 },
      requestHash: 'hash',
      userMessageId: `user-message-${count}`,
      messageId: `message-${count}`,
      startedAt: at(0),
      ...changes,
    };
  }

  async function openTurn(changes: Partial<TurnOpening> = {}, lease = leaseOf('me')): Promise<TurnRecord> {
    const opening = openingOf(changes);
    expect(await store.open(opening, lease)).toMatchObject({ kind: 'opened' });
    return { ...opening, status: 'running', lease };
  }

  const find = ({ userId, id }: TurnRecord) => store.find(userId, id);
  const endingOf = (charged: number, position = 0) => ({ charged, position, expiresAt: at(60_000) });

  it('gives back what was opened', async () => {
    const turn = await openTurn();
    expect(await find(turn)).toEqual(turn);
    expect(await store.find('bob', turn.id)).toBeUndefined();
    expect(await store.find('ada', 'nobody')).toBeUndefined();
  });

  it('opens one of many turns of a session, and says which runs', async () => {
    const sessionId = 'contested';
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.open(openingOf({ sessionId }), leaseOf('me'))),
    );
    expect(results.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const [running] = await store.findRunning('ada', [sessionId]);
    for (const result of results) if (result.kind === 'busy') expect(result.turn.id).toBe(running?.id);
    // The same name is another session to somebody else.
    await openTurn({ sessionId, userId: 'bob' });
  });

  it('opens one of many turns with one key, and gives that one to the others; keys are a user’s own', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.open(openingOf({ keyHash: 'k' }), leaseOf('me'))),
    );
    expect(results.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const made = await store.findByKey('ada', 'k');
    for (const result of results) if (result.kind === 'duplicate') expect(result.turn.id).toBe(made?.id);
    expect(await store.findByKey('bob', 'k')).toBeUndefined();
    await openTurn({ userId: 'bob', keyHash: 'k' });
    await store.releaseKey(made!);
    expect(await store.findByKey('ada', 'k')).toBeUndefined();
    await openTurn({ keyHash: 'k' });
  });

  it('forgets a discarded turn, with its key and its session', async () => {
    const turn = await openTurn({ keyHash: 'discarded' });
    expect(await store.discard(turn)).toBe(true);
    expect(await store.discard(turn)).toBe(false);
    expect(await store.noteTold(turn)).toBe(false);
    expect(await find(turn)).toBeUndefined();
    await openTurn({ keyHash: 'discarded', sessionId: turn.sessionId });
  });

  it('discards none that somebody has decided, or was told of', async () => {
    const told = await openTurn();
    expect(await store.noteTold({ ...told, userId: 'bob' })).toBe(false);
    expect(await store.noteTold(told)).toBe(true);
    expect(await store.discard(told)).toBe(false);
    expect(await find(told)).toEqual({ ...told, isTold: true });
    const turn = await openTurn();
    await store.decide(turn, DECISION);
    expect(await store.discard(turn)).toBe(false);
    expect((await find(turn))?.settlement).toEqual(DECISION);
    await store.finish(turn, DECISION, endingOf(1));
    expect(await store.noteTold(turn)).toBe(false);
    expect(await store.discard(turn)).toBe(false);
    expect((await find(turn))?.status).toBe('completed');
  });

  it('frees the session when the turn has ended, and keeps the outcome without the copy of the answer', async () => {
    const turn = await openTurn();
    expect(await store.decide(turn, DECISION)).toBe(true);
    expect((await find(turn))?.settlement).toEqual(DECISION);
    expect(await store.finish(turn, DECISION, endingOf(1))).toBe(true);
    const ended = await find(turn);
    const { answer: _, ...kept } = DECISION;
    expect(ended).toMatchObject({ status: 'completed', charged: 1, settlement: kept });
    expect(ended?.settlement?.answer).toBeUndefined();
    expect(ended?.lease).toBeUndefined();
    await openTurn({ sessionId: turn.sessionId });
  });

  it('takes each turn of a dead owner over once, and leaves the old owner nothing to write', async () => {
    const expired = await Promise.all(
      Array.from({ length: 10 }, () => openTurn({}, leaseOf('dead', at(-1000)))),
    );
    const alive = await openTurn({}, leaseOf('alive', at(60_000)));
    const own = await openTurn({}, leaseOf('taker', at(-1000)));
    const taken = await Promise.all(
      Array.from({ length: 15 }, () => store.takeOver('taker', at(0), at(30_000))),
    );
    const ids = taken.flatMap((turn) => turn?.id ?? []);
    expect([...ids].sort()).toEqual(expired.map(({ id }) => id).sort());
    expect(ids).not.toContain(alive.id);
    expect(ids).not.toContain(own.id);
    const first = expired[0]!;
    const taker = await find(first);
    expect(taker).toMatchObject({ lease: { owner: 'taker', fence: 2 } });
    const found = await store.findTakenOver('taker');
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(await store.decide(first, DECISION)).toBe(false);
    expect(await store.finish(first, DECISION, endingOf(1))).toBe(false);
    expect(await store.decide(taker!, DECISION)).toBe(true);
  });

  it('renews the leases of the owner only', async () => {
    const mine = await openTurn({}, leaseOf('renewing', at(5)));
    const other = await openTurn({}, leaseOf('other', at(5)));
    expect([...(await store.renewLeases('renewing', [mine, other], at(9000)))]).toEqual([mine.id]);
    expect((await find(mine))?.lease?.expiresAt).toEqual(at(9000));
    expect((await find(other))?.lease?.expiresAt).toEqual(at(5));
    expect([...(await store.renewLeases('renewing', [mine], at(9000)))]).toEqual([mine.id]);
  });

  it('keeps checkpoints in order, each once, until the turn has ended', async () => {
    const turn = await openTurn();
    const part = (text: string) => ({ text, events: [{ type: 'text' as const, length: text.length }] });
    const checkpoint = (sequence: number, text: string) => ({
      turnId: turn.id,
      userId: turn.userId,
      sequence,
      part: part(text),
    });
    await store.appendCheckpoints([checkpoint(1, 'b')]);
    await store.appendCheckpoints([checkpoint(0, 'a'), checkpoint(1, 'again'), checkpoint(2, 'c')]);
    expect((await store.checkpoints(turn)).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect((await store.checkpoints(turn, 2)).map(({ text }) => text)).toEqual(['c']);
    await store.decide(turn, { ...DECISION, endedAt: at(5000) });
    await store.finish(turn, { ...DECISION, endedAt: at(5000) }, endingOf(1));
    expect(await store.checkpoints(turn)).toEqual([]);
  });

  it('drops what was saved of a turn behind its end', async () => {
    const [turn, other] = [await openTurn(), await openTurn()];
    const part = { text: 'a', events: [{ type: 'text' as const, length: 1 }] };
    const saved = [turn, other].map(({ id, userId }) => ({ turnId: id, userId, sequence: 0, part }));
    await store.appendCheckpoints(saved);
    await store.dropCheckpoints(turn);
    expect(await store.checkpoints(turn)).toEqual([]);
    expect(await store.checkpoints(other)).toEqual([part]);
  });

  it('drops what came behind the end of a turn whose owner is gone, and nothing of one that runs', async () => {
    const [running, ended] = [await openTurn(), await openTurn()];
    const part = { text: 'a', events: [{ type: 'text' as const, length: 1 }] };
    const pieceOf = ({ id, userId }: TurnRecord) => ({ turnId: id, userId, sequence: 0, part });
    await store.decide(ended, { ...DECISION, endedAt: at(5000) });
    await store.finish(ended, { ...DECISION, endedAt: at(5000) }, endingOf(1));
    await store.appendCheckpoints([pieceOf(running), pieceOf(ended)]);
    expect(await store.dropOrphanedCheckpoints(new Date(0))).toBe(0);
    expect(await store.dropOrphanedCheckpoints(new Date(Date.now() + 60_000))).toBe(1);
    expect(await store.checkpoints(ended)).toEqual([]);
    expect(await store.checkpoints(running)).toEqual([part]);
  });

  it('drops orphans among more checkpoints than one look finds', async () => {
    const [running, ended] = [await openTurn(), await openTurn()];
    const part = { text: 'a', events: [{ type: 'text' as const, length: 1 }] };
    const piecesOf = ({ id, userId }: TurnRecord) =>
      Array.from({ length: 1500 }, (_, sequence) => ({ turnId: id, userId, sequence, part }));
    await store.decide(ended, { ...DECISION, endedAt: at(5000) });
    await store.finish(ended, { ...DECISION, endedAt: at(5000) }, endingOf(1));
    await store.appendCheckpoints([running, ended].flatMap(piecesOf));
    await store.dropOrphanedCheckpoints(new Date(Date.now() + 60_000));
    expect(await store.checkpoints(ended)).toEqual([]);
    expect(await store.checkpoints(running)).toHaveLength(1500);
  });

  it('keeps what an upstream said, whatever its keys are called', async () => {
    const turn = await openTurn();
    const answer = {
      text: '',
      events: [
        { type: 'tool-call' as const, toolCallId: '1', toolName: 't', input: { $set: { 'a.b': null } } },
      ],
    };
    await store.decide(turn, { ...DECISION, answer });
    expect((await find(turn))?.settlement?.answer).toEqual(answer);
  });

  async function endTurn(
    changes: Partial<TurnOpening>,
    position: number,
    stores: boolean,
  ): Promise<TurnRecord> {
    const turn = await openTurn(changes);
    const settlement: Settlement = stores ? DECISION : { ...DECISION, stores, outcome: 'failed' };
    await store.finish(turn, settlement, endingOf(0, position));
    return turn;
  }

  it('lists the ended turns of a session that left no messages by where they would stand, with what was said', async () => {
    const sessionId = 'with failures';
    const early = await endTurn({ sessionId }, 0, false);
    await endTurn({ sessionId }, 0, true);
    const late = await endTurn({ sessionId }, 2, false);
    const running = await openTurn({ sessionId });
    const list = async (...places: BranchPath) =>
      (await store.listWithoutMessages('ada', sessionId, places, 10)).map(({ id }) => id);
    expect(await list({ from: 0, to: 100 })).toEqual([early.id, late.id]);
    expect(await list({ from: 0, to: 1 })).toEqual([early.id]);
    expect(await list({ from: 2, to: 100 })).toEqual([late.id]);
    expect(await list({ from: 0, to: 0 }, { from: 2, to: 3 })).toEqual([early.id, late.id]);
    expect(await list({ from: 1, to: 1 }, { from: 3, to: 3 })).toEqual([]);
    expect(await store.listWithoutMessages('bob', sessionId, [{ from: 0, to: 100 }], 10)).toEqual([]);
    expect((await find(early))?.settlement?.answer).toEqual(DECISION.answer);
    expect((await store.listRunning('ada', 1000)).map(({ id }) => id)).toContain(running.id);
  });

  it('lists them of all branches page by page, those of one place by their ids', async () => {
    const sessionId = 'paged failures';
    const made: string[] = [];
    for (const position of [0, 0, 0, 2, 4]) made.push((await endTurn({ sessionId }, position, false)).id);
    await endTurn({ sessionId }, 2, true);
    const seen: string[] = [];
    for (let after: { id: string; position?: number } | undefined; ;) {
      const page = await store.pageWithoutMessages('ada', sessionId, 2, after);
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < 2) break;
    }
    expect(seen).toEqual([...made.slice(0, 3).sort(), ...made.slice(3)]);
    expect(await store.pageWithoutMessages('bob', sessionId, 9)).toEqual([]);
  });

  it('keeps an opening from being made that was given up, and says when it was made before', async () => {
    const late = openingOf({ keyHash: 'late' });
    expect(await store.preclude(late, at(60_000))).toBe(true);
    await expect(store.open(late, leaseOf('me'))).rejects.toMatchObject({ code: 11000 });
    expect(await store.find('ada', late.id)).toBeUndefined();
    const made = await openTurn();
    expect(await store.preclude(made, at(60_000))).toBe(false);
    expect((await find(made))?.status).toBe('running');
  });

  it('binds a key to a turn without one: once, its own user’s, and no key of another turn', async () => {
    const turn = await openTurn();
    const keyed = await openTurn({ keyHash: 'taken' });
    expect(await store.bindKey({ ...turn, userId: 'bob' }, 'bound')).toBe(false);
    expect(await store.bindKey(turn, 'taken')).toBe(false);
    const [one, other] = await Promise.all(['bound', 'late'].map((key) => store.bindKey(turn, key)));
    expect([one, other].filter(Boolean)).toHaveLength(1);
    const key = one === true ? 'bound' : 'late';
    expect((await store.findByKey('ada', key))?.id).toBe(turn.id);
    expect(await store.bindKey(turn, key)).toBe(true);
    expect(await store.bindKey(keyed, 'another')).toBe(false);
    await store.finish(turn, DECISION, endingOf(1));
    expect(await store.findByKey('ada', key)).toMatchObject({ id: turn.id, status: 'completed' });
  });

  it('finds the latest turn of a client that repeats its requests, not one that is too old', async () => {
    await openTurn({ repeatHash: 'again', startedAt: at(-5000) });
    const latest = await openTurn({ repeatHash: 'again', startedAt: at(-1000) });
    expect((await store.findRepeated('ada', 'again', at(-2000)))?.id).toBe(latest.id);
    expect(await store.findRepeated('ada', 'again', at(0))).toBeUndefined();
    expect(await store.findRepeated('bob', 'again', at(-9000))).toBeUndefined();
  });

  it('tells the owner of a wish to stop, and nobody else, until the turn has ended', async () => {
    const turn = await openTurn({}, leaseOf('stopping'));
    await store.requestStop({ ...turn, userId: 'bob' }, at(1));
    expect(await store.findStopRequested('stopping')).toEqual([]);
    await store.requestStop(turn, at(1));
    expect(await store.findStopRequested('stopping')).toEqual([{ id: turn.id }]);
    expect(await store.findStopRequested('another')).toEqual([]);
    await store.finish(turn, DECISION, endingOf(1));
    expect(await store.findStopRequested('stopping')).toEqual([]);
  });

  it('tells every owner that the access of a user was taken away, and of no other user’s turns', async () => {
    const carl = { userId: 'carl' };
    const [one, two] = [
      await openTurn({ ...carl, sessionId: 'one' }, leaseOf('revoking')),
      await openTurn({ ...carl, sessionId: 'two' }, leaseOf('revoking too')),
    ];
    await openTurn({ userId: 'dora' }, leaseOf('revoking'));
    await store.revokeRunning('carl', at(1));
    const reason = 'access-revoked';
    expect(await store.findStopRequested('revoking')).toEqual([{ id: one.id, reason }]);
    expect(await store.findStopRequested('revoking too')).toEqual([{ id: two.id, reason }]);
    await store.finish(one, DECISION, endingOf(1));
    await store.revokeRunning('carl', at(2));
    expect(await store.findStopRequested('revoking')).toEqual([]);
  });

  it('remembers of an ended turn whether its client was cut off, and forgets it again', async () => {
    const turn = await endTurn({}, 0, true);
    for (const cutOff of [true, false]) {
      await store.noteCut({ ...turn, userId: 'bob' }, !cutOff);
      await store.noteCut(turn, cutOff);
      expect(await find(turn)).toMatchObject({ status: 'completed', cutOff });
    }
  });

  it('remembers until when a turn is watched, only ever later', async () => {
    const turn = await openTurn();
    await store.renewWatched([turn], at(5000));
    await store.renewWatched([turn], at(3000));
    expect((await find(turn))?.watchedUntil).toEqual(at(5000));
  });

  describe('the deletion of a session', () => {
    const lock = (sessionId: string, owner = 'deleting') =>
      store.lockForDeletion(openingOf({ sessionId, question: '' }), leaseOf(owner));

    it('keeps turns out, and is kept out by one, also by another deletion', async () => {
      const turn = await openTurn();
      expect(await lock(turn.sessionId)).toMatchObject({ kind: 'busy', turn: { id: turn.id } });
      await store.finish(turn, DECISION, endingOf(1));
      const locked = await lock(turn.sessionId);
      if (locked.kind !== 'locked') throw new Error('busy');
      const refused = await store.open(openingOf({ sessionId: turn.sessionId }), leaseOf('me'));
      expect(refused).toMatchObject({ kind: 'busy', turn: { kind: 'deletion', id: locked.lock.id } });
      expect(await lock(turn.sessionId)).toMatchObject({ kind: 'busy' });
      // It is no turn to anybody.
      expect(await find(locked.lock)).toBeUndefined();
      expect(await store.findRunning('ada', [turn.sessionId])).toEqual([]);
      await store.unlock({ ...locked.lock, lease: { ...locked.lock.lease!, fence: 0 } });
      expect(await lock(turn.sessionId)).toMatchObject({ kind: 'busy' });
      await store.unlock(locked.lock);
      await openTurn({ sessionId: turn.sessionId });
    });

    it('leaves a mark of a session that was deleted without a turn of it, if it is told to', async () => {
      const session = { userId: 'ada', sessionId: 'turns long gone' };
      const locked = await lock(session.sessionId);
      if (locked.kind !== 'locked') throw new Error('busy');
      const tombstone = { at: at(1), expiresAt: at(99_000) };
      await store.unlock({ ...locked.lock, lease: { ...locked.lock.lease!, fence: 0 } }, tombstone);
      expect(await store.lastDeletion(session)).toBeUndefined();
      await store.unlock(locked.lock, tombstone);
      expect(await store.lastDeletion(session)).toEqual(at(1));
      expect(await find(locked.lock)).toBeUndefined();
      expect(await store.findOccupant('ada', session.sessionId)).toBeUndefined();
      await openTurn({ sessionId: session.sessionId });
      const again = await lock('unused');
      if (again.kind !== 'locked') throw new Error('busy');
      await store.unlock(again.lock);
      expect(await store.lastDeletion({ userId: 'ada', sessionId: 'unused' })).toBeUndefined();
    });

    it('takes from older turns what was said, and leaves ids, prices and outcomes', async () => {
      const [sessionId, keyHash] = ['to bury', 'buried'];
      const said = await endTurn({ id: '01-said', sessionId, keyHash, question: 'secret' }, 0, false);
      const younger = await endTurn({ id: '09-younger', sessionId }, 0, false);
      const locked = await lock(sessionId);
      if (locked.kind !== 'locked') throw new Error('busy');
      const when = { at: at(1), expiresAt: at(99_000) };
      expect(await store.bury(locked.lock, '05', when)).toEqual([said.id]);
      expect(await find(said)).toBeUndefined();
      expect(await store.listWithoutMessages('ada', sessionId, [{ from: 0, to: 9 }], 9)).toHaveLength(1);
      expect((await find(younger))?.question).toBe('Hi');
      const left = await store.findByKey('ada', keyHash);
      expect(left).toMatchObject({ id: said.id, question: '', deletedAt: at(1), status: 'failed', price: 1 });
      expect(JSON.stringify(left)).not.toContain('hello');
      const session = { userId: 'ada', sessionId };
      expect(await store.lastDeletion(session)).toEqual(at(1));
      expect(await store.lastDeletion({ ...session, userId: 'bob' })).toBeUndefined();
      // Repeated by one who has stalled, an older deletion does not set it back.
      await store.bury(locked.lock, '05', { at: at(0), expiresAt: at(99_000) });
      expect(await store.lastDeletion(session)).toEqual(at(1));
      // The marker of an opening that was precluded is no deletion, and hides none.
      await store.preclude({ id: '00-precluded', userId: 'ada', sessionId }, at(99_000));
      expect(await store.lastDeletion(session)).toEqual(at(1));
      await store.preclude({ id: '02-precluded', userId: 'ada', sessionId: 'precluded' }, at(99_000));
      expect(await store.lastDeletion({ userId: 'ada', sessionId: 'precluded' })).toBeUndefined();
    });
  });
});
