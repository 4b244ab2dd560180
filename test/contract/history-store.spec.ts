import type { HistoryStore } from '../../src/chat/history/history-store.port.js';
import type { StoredAnswer } from '../../src/chat/turn/stored-answer.js';
import type { TurnRecord } from '../../src/chat/turn/turn.js';
import { MESSAGE_MODEL, SESSION_MODEL } from '../../src/persistence/chat/history.schema.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseHistoryStore } from '../../src/persistence/chat/mongoose-history.store.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const ANSWER: StoredAnswer = { text: 'hello', events: [{ type: 'text', length: 5 }] };
const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);

describe('HistoryStore on mongoose', () => {
  let database: TestDatabase;
  let store: HistoryStore;
  let count = 0;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseHistoryStore(database.model(SESSION_MODEL), database.model(MESSAGE_MODEL));
  });
  afterAll(() => database.close());

  function turnOf(sessionId: string, changes: Partial<TurnRecord> = {}): TurnRecord {
    count += 1;
    return {
      id: `turn-${count}`,
      tenantId: 'default',
      userId: 'ada',
      accountId: 'account',
      sessionId,
      chatflowId: 'assistant',
      provider: 'assistant',
      question: `question ${count}`,
      price: 1,
      chatflowVersion: 1,
      chargeOnStop: true,
      onDisconnect: 'continue',
      userMessageId: `user-message-${count}`,
      messageId: `message-${count}`,
      startedAt: at(count * 10),
      status: 'running',
      ...changes,
    };
  }

  const positions = async (sessionId: string): Promise<number[]> =>
    (await store.listMessages(sessionId, 100)).map(({ position }) => position);

  it('makes the session with its first turn, named after its question', async () => {
    const turn = turnOf('first', { question: `${'x'.repeat(49)}😀 and more` });
    await store.storeTurn(turn, ANSWER, 'completed', at(5));
    expect(await store.findSession('first')).toEqual({
      id: 'first',
      userId: 'ada',
      chatflowId: 'assistant',
      topic: `${'x'.repeat(49)}😀...`,
      messageCount: 2,
      createdAt: turn.startedAt,
      updatedAt: at(5),
    });
    expect(await store.listMessages('first', 10)).toMatchObject([
      { id: turn.userMessageId, role: 'user', content: turn.question, position: 0, status: 'completed' },
      { id: turn.messageId, role: 'assistant', content: 'hello', position: 1, turnId: turn.id },
    ]);
  });

  it('stores a turn once, however often and at once it is told', async () => {
    const [one, two] = [turnOf('again'), turnOf('again')];
    await Promise.all(Array.from({ length: 8 }, () => store.storeTurn(one, ANSWER, 'completed', at(1))));
    await Promise.all(Array.from({ length: 8 }, () => store.storeTurn(two, ANSWER, 'stopped', at(2))));
    await store.storeTurn(two, ANSWER, 'stopped', at(2));
    expect(await positions('again')).toEqual([0, 1, 2, 3]);
    expect((await store.findSession('again'))?.messageCount).toBe(4);
  });

  it('finishes a turn whose session was counted but whose messages were lost', async () => {
    const turn = turnOf('half');
    await store.storeTurn(turn, ANSWER, 'completed', at(1));
    await database.connection.collection('chat_messages').deleteOne({ sessionId: 'half', role: 'assistant' });
    await store.storeTurn(turn, ANSWER, 'completed', at(1));
    expect(await positions('half')).toEqual([0, 1]);
  });

  it('loses no message to one that was left over from a deleted session of the same id', async () => {
    await store.storeTurn(turnOf('reborn'), ANSWER, 'completed', at(1));
    // What a process that died in the middle of a deletion leaves behind.
    await database.connection.collection('chat_sessions').deleteOne({ sessionId: 'reborn' });
    const [one, two] = [turnOf('reborn'), turnOf('reborn')];
    await store.storeTurn(one, ANSWER, 'completed', at(2));
    await store.storeTurn(one, ANSWER, 'completed', at(2));
    await store.storeTurn(two, ANSWER, 'completed', at(3));
    expect(await store.findMessage(one.userMessageId)).toMatchObject({ content: one.question });
    expect(await store.findMessage(one.messageId)).toMatchObject({ content: 'hello' });
    expect(await positions('reborn')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('lists sessions newest first, page by page, without loss when several changed at one moment', async () => {
    for (let index = 0; index < 7; index++) {
      await store.storeTurn(
        turnOf(`list-${index}`, { userId: 'lister' }),
        ANSWER,
        'completed',
        at(index < 4 ? 7 : index),
      );
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
    for (let index = 0; index < 3; index++)
      await store.storeTurn(turnOf('long'), ANSWER, 'completed', at(index));
    expect((await store.listMessages('long', 2, 1)).map(({ position }) => position)).toEqual([2, 3]);
    expect((await store.recentMessages('long', 3)).map(({ position }) => position)).toEqual([3, 4, 5]);
  });

  it('renames and deletes only the owner’s session, with its messages', async () => {
    const turn = turnOf('mine');
    await store.storeTurn(turn, ANSWER, 'completed', at(1));
    expect(await store.renameSession('bob', 'mine', 'stolen')).toBeUndefined();
    expect(await store.deleteSession('bob', 'mine')).toBe(false);
    expect((await store.renameSession('ada', 'mine', 'named'))?.topic).toBe('named');
    expect(await store.deleteSession('ada', 'mine')).toBe(true);
    expect(await store.findSession('mine')).toBeUndefined();
    expect(await store.findMessage(turn.messageId)).toBeUndefined();
  });

  it('names an opened session after its first question', async () => {
    const session = { id: 'opened', userId: 'ada', chatflowId: 'assistant', topic: '', messageCount: 0 };
    await store.openSession({ ...session, createdAt: at(0), updatedAt: at(0) });
    await store.storeTurn(turnOf('opened', { question: 'Hello?' }), ANSWER, 'completed', at(1));
    expect(await store.findSession('opened')).toMatchObject({ topic: 'Hello?', messageCount: 2 });
  });

  it('keeps the order of text and events', async () => {
    const turn = turnOf('events');
    const events: StoredAnswer['events'] = [
      { type: 'text', length: 2 },
      { type: 'sources', sources: [{ title: 't', metadata: { $weird: { 'a.b': [null] } } }] },
      { type: 'text', length: 3 },
    ];
    await store.storeTurn(turn, { text: 'ab\ud83d\ude00c', events }, 'completed', at(1));
    expect(await store.findMessage(turn.messageId)).toMatchObject({ content: 'ab😀c', events });
  });
});
