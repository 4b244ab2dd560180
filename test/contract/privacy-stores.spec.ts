import type { Model } from 'mongoose';
import { newId } from '../../src/platform/ids.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import {
  MESSAGE_MODEL,
  SESSION_MODEL,
  sessionKey,
  type SessionDocument,
} from '../../src/persistence/chat/history.schema.js';
import { PRIVACY_MODELS } from '../../src/persistence/privacy/index.js';
import { MongooseRetentionStore } from '../../src/persistence/privacy/mongoose-retention.store.js';
import { MongooseUserErasureStore } from '../../src/persistence/privacy/mongoose-user-erasure.store.js';
import { RETENTION_STATE_MODEL } from '../../src/persistence/privacy/retention.schema.js';
import { USER_ERASURE_MODEL } from '../../src/persistence/privacy/user-erasure.schema.js';
import { NOTHING_ERASED, type UserErasure } from '../../src/privacy/erasure/user-erasure.js';
import { historyStoreOn, settled, turnOf } from './support/history.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase([...CHAT_MODELS, ...PRIVACY_MODELS]);
});
afterAll(() => database.close());

describe('UserErasureStore on mongoose', () => {
  let store: MongooseUserErasureStore;
  let userId: string;
  beforeAll(() => {
    store = new MongooseUserErasureStore(database.model(USER_ERASURE_MODEL));
  });
  beforeEach(() => {
    userId = newId();
  });
  afterEach(() => store.discard(userId));

  const erasureOf = (changes: Partial<UserErasure> = {}): UserErasure => ({
    userId,
    tenantId: 'default',
    phase: 'erasing',
    requestedAt: at(0),
    dueAt: at(0),
    erased: NOTHING_ERASED,
    notReached: [],
    ...changes,
  });

  it('keeps one of each user, the first', async () => {
    await Promise.all([erasureOf(), erasureOf({ requestedAt: at(1) })].map((one) => store.begin(one)));
    const found = await store.find(userId);
    await store.begin(erasureOf({ phase: 'confirming' }));
    expect(await store.find(userId)).toEqual(found);
    await store.discard(userId);
    expect(await store.find(userId)).toBeUndefined();
  });

  it('is taken by one at a time, when it is due', async () => {
    await store.begin(erasureOf());
    const taken = await Promise.all(
      ['a', 'b', 'c'].map((owner) => store.take(userId, owner, at(1), at(100))),
    );
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
    expect(await store.takeDue('d', at(99), at(200))).toBeUndefined();
    expect(await store.takeDue('d', at(100), at(200))).toMatchObject({ userId, owner: 'd' });
    expect(await store.takeOver('e', at(300))).toMatchObject({ userId, owner: 'e' });
    expect(await store.take('nobody', 'a', at(1), at(100))).toBeUndefined();
    // One that nobody is at, by name whether or not it is due.
    await store.save(userId, 'e', { ...erasureOf({ dueAt: at(500) }), phase: 'confirming' });
    expect(await store.takeDue('f', at(400), at(600))).toBeUndefined();
    expect(await store.take(userId, 'f', at(400), at(600))).toMatchObject({ owner: 'f' });
  });

  it('is written by whoever has it, and by nobody once it is done', async () => {
    await store.begin(erasureOf());
    await store.take(userId, 'a', at(1), at(10));
    await store.takeDue('b', at(11), at(20));
    const erased = { ...NOTHING_ERASED, sessions: 3 };
    const notReached = [{ chatflowId: 'flow', reason: 'pending' as const }];
    const progress = { phase: 'confirming' as const, erased, notReached, shutOutAt: at(2), dueAt: at(30) };
    expect(await store.save(userId, 'a', progress)).toBe(false);
    expect(await store.save(userId, 'b', progress)).toBe(true);
    expect(await store.find(userId)).toEqual(erasureOf(progress));
    expect(await store.takeOver('c', at(40))).toBeUndefined();
    await store.take(userId, 'c', at(30), at(40));
    const { dueAt: _, ...rest } = progress;
    const done = {
      ...rest,
      phase: 'done' as const,
      finishedAt: at(31),
      expiresAt: new Date(Date.now() + 1e9),
    };
    expect(await store.save(userId, 'c', done)).toBe(true);
    const { dueAt: __, ...kept } = erasureOf(done);
    expect(await store.find(userId)).toEqual(kept);
    expect(await store.take(userId, 'd', at(1e9), at(2e9))).toBeUndefined();
    expect(await store.takeDue('d', at(1e9), at(2e9))).toBeUndefined();
  });
});

describe('RetentionStore on mongoose', () => {
  let store: MongooseRetentionStore;
  beforeAll(() => {
    store = new MongooseRetentionStore(
      database.model(SESSION_MODEL),
      database.model(MESSAGE_MODEL),
      database.model(RETENTION_STATE_MODEL),
    );
  });

  it('is walked by one instance at a time, which goes on from where it was left', async () => {
    expect(await store.takeWalk('one', at(0), at(100))).toEqual({});
    expect(await store.takeWalk('two', at(50), at(150))).toBeUndefined();
    expect(await store.advance('one', 'key', at(120))).toBe(true);
    expect(await store.takeWalk('two', at(121), at(200))).toEqual({ after: 'key' });
    expect(await store.advance('one', 'later', at(300))).toBe(false);
    expect(await store.advance('two', undefined, at(130))).toBe(true);
    expect(await store.takeWalk('one', at(131), at(200))).toEqual({});
  });

  it('gives the sessions of all users by their keys, and who has answered in them', async () => {
    const history = historyStoreOn(database);
    const sessions = database.model(SESSION_MODEL) as Model<SessionDocument>;
    await sessions.deleteMany({});
    for (const userId of ['ada', 'bob'])
      for (const chatflowId of ['first', 'second', 'third']) {
        const turn = turnOf('kept', { userId, chatflowId });
        await history.storeTurn(turn, settled(at(1000)));
      }
    await history.storeTurn(turnOf('other', { userId: 'bob' }), settled(at(2000)));
    const [first, second] = [await store.page(2), await store.page(2, sessionKey('bob', 'kept'))];
    expect(first).toEqual([
      expect.objectContaining({ key: sessionKey('ada', 'kept'), userId: 'ada', updatedAt: at(1000) }),
      expect.objectContaining({ userId: 'bob', sessionId: 'kept' }),
    ]);
    expect(second.map(({ sessionId }) => sessionId)).toEqual(['other']);
    expect(first[0]?.chatflowIds).toContain('first');
    const [ada] = first;
    expect(await store.hasAnswersOf(ada!, ['second', 'unknown'])).toBe(true);
    expect(await store.hasAnswersOf(ada!, ['unknown'])).toBe(false);
    expect((await history.listSessionsById('bob', 1)).map(({ id }) => id)).toEqual(['kept']);
    expect((await history.listSessionsById('bob', 9, 'kept')).map(({ id }) => id)).toEqual(['other']);
    expect(await history.deleteSession('bob', 'kept', 'zzz')).toBe(6);
  });
});
