import type { HistoryStore } from '../../src/chat/records/history.store.port.js';
import type { ChatMessage } from '../../src/chat/records/chat-message.js';
import type { StoredAnswer } from '../../src/chat/records/stored-answer.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { at, historyStoreOn, settled, turnOf } from './support/history.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

/** Ids of no turns: behind and before those of the tests. */
const [LATER, EARLIER] = ['~', '!'];

describe('HistoryStore on mongoose', () => {
  let database: TestDatabase;
  let store: HistoryStore;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = historyStoreOn(database);
  });
  afterAll(() => database.close());

  const positions = async (sessionId: string): Promise<number[]> =>
    (await store.listMessages('ada', sessionId, 100)).map(({ position }) => position);

  it('counts the sessions of a user, as far as they are wanted', async () => {
    const open = (userId: string, id: string) =>
      store.openSession({
        id,
        userId,
        chatflowId: 'assistant',
        topic: '',
        messageCount: 0,
        supersededCount: 0,
        createdAt: at(0),
        updatedAt: at(0),
      });
    for (const id of ['a', 'b', 'c']) await open('counted', id);
    await open('another', 'a');
    expect(await store.countSessions('counted', 10)).toBe(3);
    expect(await store.countSessions('counted', 2)).toBe(2);
    expect(await store.countSessions('nobody', 10)).toBe(0);
  });

  it('sums what the turns of a user count, each once, until their sessions are deleted', async () => {
    const [one, two] = [turnOf('large', { userId: 'eve' }), turnOf('larger', { userId: 'eve' })];
    const failed = { ...settled(at(2), 'failed'), storedBytes: 5 };
    await store.storeTurn(one, { ...settled(at(1)), storedBytes: 1000 });
    for (let time = 0; time < 2; time++)
      await store.storeTurn(two, { ...settled(at(1)), storedBytes: 30_000 });
    await store.storeTurn(turnOf('large', { userId: 'eve' }), failed);
    // Settled before there was a quota.
    await store.storeTurn(turnOf('large', { userId: 'eve' }), settled(at(3)));
    await store.storeTurn(turnOf('large', { userId: 'bob' }), { ...settled(at(3)), storedBytes: 7 });
    expect(await store.sumStoredBytes('eve')).toBe(31_005);
    await store.deleteSession('eve', 'larger', LATER);
    expect(await store.sumStoredBytes('eve')).toBe(1005);
    expect(await store.sumStoredBytes('nobody')).toBe(0);
    // More than one query reads.
    const many = Array.from({ length: 1203 }, (_, index) => turnOf(`s${index}`, { userId: 'many/of them' }));
    await Promise.all(
      many.map((turn) => store.storeTurn(turn, { ...settled(at(1)), stores: false, storedBytes: 1 })),
    );
    expect(await store.sumStoredBytes('many/of them')).toBe(1203);
  });

  it('makes the session with its first turn, named after its question', async () => {
    const turn = turnOf('first', { question: `${'x'.repeat(49)}😀 and more` });
    await store.storeTurn(turn, settled(at(5)));
    expect(await store.findSession('ada', 'first')).toEqual({
      id: 'first',
      userId: 'ada',
      chatflowId: 'assistant',
      topic: `${'x'.repeat(49)}😀...`,
      messageCount: 2,
      supersededCount: 0,
      lastTurnId: turn.id,
      lastMessageId: turn.messageId,
      lastChatflowId: 'assistant',
      createdAt: turn.startedAt,
      updatedAt: at(5),
    });
    expect(await store.listMessages('ada', 'first', 10)).toMatchObject([
      { id: turn.userMessageId, role: 'user', content: turn.question, position: 0, status: 'completed' },
      { id: turn.messageId, role: 'assistant', content: 'hello', position: 1, turnId: turn.id },
    ]);
  });

  it('stores a turn once, however often and at once it is told', async () => {
    const [one, two] = [turnOf('again'), turnOf('again')];
    await Promise.all(Array.from({ length: 8 }, () => store.storeTurn(one, settled(at(1)))));
    await Promise.all(Array.from({ length: 8 }, () => store.storeTurn(two, settled(at(2), 'stopped'))));
    await store.storeTurn(two, settled(at(2), 'stopped'));
    expect(await positions('again')).toEqual([0, 1, 2, 3]);
    expect((await store.findSession('ada', 'again'))?.messageCount).toBe(4);
  });

  it('finishes a turn whose session was counted but whose messages were lost', async () => {
    const turn = turnOf('half');
    await store.storeTurn(turn, settled(at(1)));
    await database.connection.collection('chat_messages').deleteOne({ sessionId: 'half', role: 'assistant' });
    await store.storeTurn(turn, settled(at(1)));
    expect(await positions('half')).toEqual([0, 1]);
  });

  it('lists sessions newest first, page by page, without loss when several changed at one moment', async () => {
    for (let index = 0; index < 7; index++) {
      const turn = turnOf(`list-${index}`, { userId: 'lister' });
      await store.storeTurn(turn, settled(at(index < 4 ? 7 : index)));
    }
    const seen: string[] = [];
    for (let after: { updatedAt: Date; id: string } | undefined; ;) {
      const page = await store.listSessions('lister', 3, after);
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < 3) break;
    }
    expect(seen).toEqual(['list-3', 'list-2', 'list-1', 'list-0', 'list-6', 'list-5', 'list-4']);
    expect(await store.listSessions('somebody else', 3)).toEqual([]);
  });

  it('lists messages behind a position, and the last ones', async () => {
    for (let index = 0; index < 3; index++) await store.storeTurn(turnOf('long'), settled(at(index)));
    const numbers = (messages: readonly ChatMessage[]) => messages.map(({ position }) => position);
    expect(numbers(await store.listMessages('ada', 'long', 2, { after: 1 }))).toEqual([2, 3]);
    const path = (to: number) => [{ from: 0, to }];
    expect(numbers(await store.listMessages('ada', 'long', 9, { path: path(1) }))).toEqual([0, 1]);
    expect(numbers(await store.recentMessages('ada', 'long', 3, path(5)))).toEqual([3, 4, 5]);
    expect(numbers(await store.recentMessages('ada', 'long', 3, path(3)))).toEqual([1, 2, 3]);
    expect((await store.lastMessage('ada', 'long'))?.position).toBe(5);
    expect(await store.lastMessage('bob', 'long')).toBeUndefined();
    expect(await store.listMessages('bob', 'long', 9)).toEqual([]);
  });

  it('finds messages by their ids, for their owner', async () => {
    const [one, two] = [turnOf('by-id'), turnOf('by-id')];
    await store.storeTurn(one, settled(at(1)));
    await store.storeTurn(two, settled(at(2)));
    const ids = [two.messageId, one.userMessageId, 'none', two.messageId];
    const found = await store.findMessages('ada', ids);
    expect(found.map(({ id }) => id).sort()).toEqual([one.userMessageId, two.messageId].sort());
    expect(await store.findMessages('bob', ids)).toEqual([]);
    expect(await store.findMessages('ada', [])).toEqual([]);
  });

  it('renames and deletes only the owner’s session, with its messages, and nothing younger than the deletion', async () => {
    const turn = turnOf('mine');
    await store.storeTurn(turn, settled(at(1)));
    expect(await store.renameSession('bob', 'mine', 'stolen')).toBeUndefined();
    expect((await store.renameSession('ada', 'mine', 'named'))?.topic).toBe('named');
    await store.deleteSession('bob', 'mine', LATER);
    await store.deleteSession('ada', 'mine', EARLIER);
    expect(await store.findSession('ada', 'mine')).toBeDefined();
    expect(await store.findMessage('ada', turn.messageId)).toBeDefined();
    await store.deleteSession('ada', 'mine', LATER);
    expect(await store.findSession('ada', 'mine')).toBeUndefined();
    expect(await store.findMessage('ada', turn.messageId)).toBeUndefined();
  });

  it('takes a title for a session that nobody has renamed, and for nobody else’s', async () => {
    await store.storeTurn(turnOf('titled', { question: 'Hi' }), settled(at(1)));
    const topic = async () => (await store.findSession('ada', 'titled'))?.topic;
    await store.titleSession('bob', 'titled', 'stolen');
    expect(await topic()).toBe('Hi');
    await store.titleSession('ada', 'titled', 'A title');
    expect(await topic()).toBe('A title');
    await store.renameSession('ada', 'titled', 'A title');
    await store.titleSession('ada', 'titled', 'Another title');
    expect(await topic()).toBe('A title');
    await store.titleSession('ada', 'unknown', 'A title');
    expect(await store.findSession('ada', 'unknown')).toBeUndefined();
  });

  it('names an opened session after its first question', async () => {
    const session = { id: 'opened', userId: 'ada', chatflowId: 'assistant', topic: '' };
    const times = { createdAt: at(0), updatedAt: at(0) };
    await store.openSession({ ...session, messageCount: 0, supersededCount: 0, ...times });
    await store.storeTurn(turnOf('opened', { question: 'Hello?' }), settled(at(1)));
    expect(await store.findSession('ada', 'opened')).toMatchObject({ topic: 'Hello?', messageCount: 2 });
  });

  it('keeps the order of text and events', async () => {
    const turn = turnOf('events');
    const events: StoredAnswer['events'] = [
      { type: 'text', length: 2 },
      { type: 'sources', sources: [{ title: 't', metadata: { $weird: { 'a.b': [null] } } }] },
      { type: 'text', length: 3 },
    ];
    await store.storeTurn(turn, settled(at(1), 'completed', { text: 'ab\ud83d\ude00c', events }));
    expect(await store.findMessage('ada', turn.messageId)).toMatchObject({ content: 'ab😀c', events });
  });

  it('keeps sessions of one name apart', async () => {
    const [ada, bob] = [turnOf('shared'), turnOf('shared', { userId: 'bob' })];
    await store.storeTurn(ada, settled(at(1)));
    await store.storeTurn(bob, settled(at(2)));
    expect(await positions('shared')).toEqual([0, 1]);
    expect(await store.findSession('bob', 'shared')).toMatchObject({ userId: 'bob', lastTurnId: bob.id });
    expect((await store.findSessions('ada', ['shared', 'none'])).map(({ userId }) => userId)).toEqual([
      'ada',
    ]);
    await store.deleteSession('ada', 'shared', LATER);
    expect((await store.listMessages('bob', 'shared', 9)).map(({ turnId }) => turnId)).toEqual([
      bob.id,
      bob.id,
    ]);
  });

  it('makes the session of a turn that leaves no messages, and gives it no position', async () => {
    const [failed, next] = [turnOf('failed'), turnOf('failed')];
    expect((await store.storeTurn(failed, settled(at(1), 'failed'))).position).toBe(0);
    expect((await store.storeTurn(failed, settled(at(1), 'failed'))).position).toBe(0);
    expect(await store.findSession('ada', 'failed')).toMatchObject({
      messageCount: 0,
      topic: failed.question,
    });
    expect((await store.storeTurn(next, settled(at(2)))).position).toBe(0);
    expect(await positions('failed')).toEqual([0, 1]);
  });

  it('names of each message the one that it follows', async () => {
    const [one, two] = [turnOf('parents'), turnOf('parents')];
    await store.storeTurn(one, settled(at(1)));
    await store.storeTurn(two, settled(at(2)));
    expect((await store.listMessages('ada', 'parents', 9)).map(({ parentId }) => parentId)).toEqual([
      null,
      one.userMessageId,
      one.messageId,
      two.userMessageId,
    ]);
  });
});
