import { lengthOf } from '../../src/chat/records/branch-path.js';
import type { HistoryStore } from '../../src/chat/records/history.store.port.js';
import { MAX_FORKS, SessionBranches } from '../../src/chat/records/session-branches.js';
import { FIRST_PLACE } from '../../src/chat/records/session-place.js';
import type { TurnRecord } from '../../src/chat/records/turn.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { at, historyStoreOn, settled, turnOf } from './support/history.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

describe('branches of a session on mongoose', () => {
  let database: TestDatabase;
  let store: HistoryStore;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = historyStoreOn(database);
  });
  afterAll(() => database.close());

  async function ask(sessionId: string, changes: Partial<TurnRecord> = {}): Promise<TurnRecord> {
    const turn = turnOf(sessionId, changes);
    await store.storeTurn(turn, settled(at(1)));
    return turn;
  }

  async function conversation(sessionId: string): Promise<[TurnRecord, TurnRecord, TurnRecord]> {
    return [await ask(sessionId), await ask(sessionId), await ask(sessionId)];
  }

  async function branchesOf(sessionId: string): Promise<SessionBranches> {
    const session = await store.findSession('ada', sessionId);
    return new SessionBranches(session?.forks ?? [], session?.messageCount ?? 0);
  }

  /** Positions on the branch that was asked last, or on the way to this message. */
  async function shown(sessionId: string, to?: number): Promise<number[]> {
    const branches = await branchesOf(sessionId);
    const path = branches.pathTo(to ?? branches.current);
    return (await store.listMessages('ada', sessionId, 100, { path })).map(({ position }) => position);
  }

  const all = async (sessionId: string): Promise<number[]> =>
    (await store.listMessages('ada', sessionId, 100)).map(({ position }) => position);

  describe('an answer that is made anew', () => {
    it('stands beside the last one', async () => {
      const [, second, third] = await conversation('anew');
      const again = turnOf('anew', { question: third.question, regenerates: {} });
      await Promise.all([1, 2, 3].map(() => store.storeTurn(again, settled(at(5)))));
      expect(await shown('anew')).toEqual([0, 1, 2, 3, 6, 7]);
      expect(await all('anew')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      const session = await store.findSession('ada', 'anew');
      expect(session).toMatchObject({ messageCount: 8, supersededCount: 2, forks: [{ at: 6, after: 3 }] });
      expect(session?.lastMessageId).toBe(again.messageId);
      expect(await store.findMessage('ada', again.userMessageId)).toMatchObject({
        parentId: second.messageId,
      });
      const path = (await branchesOf('anew')).pathTo(7);
      expect((await store.recentMessages('ada', 'anew', 3, path)).map(({ turnId }) => turnId)).toEqual([
        second.id,
        again.id,
        again.id,
      ]);
    });

    it('stands beside an earlier one with all that came behind it', async () => {
      const [first, second] = await conversation('earlier');
      const regenerates = { messageId: second.messageId };
      const again = turnOf('earlier', { question: second.question, regenerates });
      expect(await store.placeOf(again)).toMatchObject({ position: 6, after: 1, parentId: first.messageId });
      await store.storeTurn(again, settled(at(5)));
      expect(await shown('earlier')).toEqual([0, 1, 6, 7]);
      expect(await shown('earlier', 5)).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('stands beside one of another branch that its client shows', async () => {
      const [first, second] = await conversation('elsewhere');
      await ask('elsewhere', { follows: null });
      const again = turnOf('elsewhere', { regenerates: { messageId: second.messageId } });
      expect(await store.placeOf(again)).toMatchObject({ position: 8, after: 1, parentId: first.messageId });
    });

    it('of a question that was never answered stands beside none', async () => {
      await conversation('never');
      const regenerates = { messageId: 'the id of a client' };
      const again = turnOf('never', { question: 'another', regenerates });
      expect(await store.placeOf(again)).toMatchObject({ position: 6, after: 5 });
      await store.storeTurn(again, settled(at(5)));
      expect(await shown('never')).toHaveLength(8);
      expect(await store.placeOf(turnOf('nowhere', { regenerates }))).toEqual(FIRST_PLACE);
    });

    it('leaves the old one where it is when the new one fails', async () => {
      const [, second, third] = await conversation('fails');
      const again = turnOf('fails', { question: third.question, regenerates: {} });
      expect(await store.storeTurn(again, settled(at(5), 'failed'))).toMatchObject({
        position: 6,
        after: 3,
        parentId: second.messageId,
      });
      expect(await shown('fails')).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });

  describe('a question that names what it follows', () => {
    it('goes on from an older branch, whose end it is then, and from the one that was left', async () => {
      const [first, , third] = await conversation('walked');
      const edited = await ask('walked', { follows: first.messageId });
      expect(await shown('walked')).toEqual([0, 1, 6, 7]);
      const back = await ask('walked', { follows: third.messageId });
      expect(await shown('walked')).toEqual([0, 1, 2, 3, 4, 5, 8, 9]);
      expect(await store.findMessage('ada', back.userMessageId)).toMatchObject({ parentId: third.messageId });
      await ask('walked');
      expect(await shown('walked')).toEqual([0, 1, 2, 3, 4, 5, 8, 9, 10, 11]);
      await ask('walked', { follows: edited.messageId });
      expect(await shown('walked')).toEqual([0, 1, 6, 7, 12, 13]);
      expect(await store.findSession('ada', 'walked')).toMatchObject({
        messageCount: 14,
        supersededCount: 8,
        forks: [
          { at: 6, after: 1 },
          { at: 8, after: 5 },
          { at: 12, after: 7 },
        ],
      });
    });

    it('may be a first one', async () => {
      await conversation('first');
      const again = await ask('first', { follows: null });
      expect(await shown('first')).toEqual([6, 7]);
      expect(await store.findMessage('ada', again.userMessageId)).toMatchObject({ parentId: null });
      expect(await store.findSession('ada', 'first')).toMatchObject({ supersededCount: 6 });
    });

    it('makes no fork at the end of the session', async () => {
      const [, , third] = await conversation('linear');
      await ask('linear', { follows: third.messageId });
      await ask('linear');
      expect((await store.findSession('ada', 'linear'))?.forks).toBeUndefined();
      expect(await shown('linear')).toHaveLength(10);
    });

    it('is refused where there is no such answer of this user in this session', async () => {
      const [first] = await conversation('named');
      const [elsewhere] = await conversation('of another name');
      const follow = (follows: string, changes: Partial<TurnRecord> = {}) =>
        store.placeOf(turnOf('named', { follows, ...changes }));
      const refused = { position: 6, after: 5, refused: 'parent-not-found' };
      expect(await follow('none')).toMatchObject(refused);
      expect(await follow(first.userMessageId)).toMatchObject(refused);
      expect(await follow(elsewhere.messageId)).toMatchObject(refused);
      expect(await follow(first.messageId, { userId: 'bob' })).toEqual({
        ...FIRST_PLACE,
        refused: 'parent-not-found',
      });
      expect((await follow(first.messageId)).refused).toBeUndefined();
    });

    it('is refused where the session was gone on with elsewhere too often, and never at its end', async () => {
      const [first, second, third] = await conversation('too many');
      const forks = Array.from({ length: MAX_FORKS }, (_, index) => ({ at: 6 + 2 * index, after: 1 }));
      await database.connection
        .collection('chat_sessions')
        .updateOne({ sessionId: 'too many' }, { $set: { forks, messageCount: 6 + 2 * MAX_FORKS } });
      expect(await store.placeOf(turnOf('too many', { follows: first.messageId }))).toMatchObject({
        refused: 'too-many-forks',
        after: 5 + 2 * MAX_FORKS,
      });
      expect((await store.placeOf(turnOf('too many'))).refused).toBeUndefined();
      expect((await store.placeOf(turnOf('too many', { follows: third.messageId }))).refused).toBeUndefined();
      const anew = { regenerates: { messageId: second.messageId } };
      expect((await store.placeOf(turnOf('too many', anew))).refused).toBe('too-many-forks');
    });
  });

  it('are finished where they were cut short, at every step, and as often as it is told', async () => {
    const [first] = await conversation('cut');
    const turn = turnOf('cut', { follows: first.messageId });
    await store.storeTurn(turn, settled(at(1)));
    const whole = await store.findSession('ada', 'cut');
    const messages = database.connection.collection('chat_messages');
    await messages.deleteMany({ turnId: turn.id });
    expect(await store.storeTurn(turn, settled(at(1)))).toMatchObject({ position: 6, after: 1 });
    await messages.deleteOne({ turnId: turn.id, role: 'assistant' });
    await store.storeTurn(turn, settled(at(1)));
    expect(await store.findSession('ada', 'cut')).toEqual(whole);
    expect(await shown('cut')).toEqual([0, 1, 6, 7]);
    expect(await store.findMessage('ada', turn.userMessageId)).toMatchObject({ parentId: first.messageId });
  });

  it('are read page by page, with the ids of neighbours', async () => {
    const turns = [await ask('pages')];
    // Every turn is asked twice, and gone on from the first time.
    for (let turn = 1; turn < 20; turn++) {
      const follows = turns.at(-1)?.messageId ?? null;
      const next = await ask('pages', { follows });
      await ask('pages', { follows });
      turns.push(next);
    }
    const branches = await branchesOf('pages');
    const end = await store.positionOf('ada', 'pages', turns.at(-1)?.messageId ?? '');
    const path = branches.pathTo(end ?? -1);
    expect(lengthOf(path)).toBe(40);
    const seen: string[] = [];
    for (let after = -1; ;) {
      const page = await store.listMessages('ada', 'pages', 7, { after, path });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)?.position ?? after;
      if (page.length < 7) break;
    }
    expect(seen).toEqual(turns.flatMap(({ userMessageId, messageId }) => [userMessageId, messageId]));
    const recent = await store.recentMessages('ada', 'pages', 9, path);
    expect(recent.map(({ id }) => id)).toEqual(seen.slice(-9));
    const second = await store.positionOf('ada', 'pages', turns[1]?.userMessageId ?? '');
    const siblings = branches.siblingsOf(second ?? -1);
    expect(siblings).toMatchObject({ index: 1, count: 2 });
    const ids = await store.idsAt('ada', 'pages', [siblings?.next ?? -1, 99_999]);
    expect([...ids.keys()]).toEqual([siblings?.next]);
    expect((await store.findMessage('ada', [...ids.values()][0] ?? ''))?.parentId).toBe(turns[0]?.messageId);
    expect(await store.positionOf('bob', 'pages', turns[1]?.messageId ?? '')).toBeUndefined();
    expect(await store.positionOf('ada', 'walked', turns[1]?.messageId ?? '')).toBeUndefined();
    expect((await store.idsAt('bob', 'pages', [0])).size).toBe(0);
  });
});
