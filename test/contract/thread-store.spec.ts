import { UPSTREAM_MODELS } from '../../src/persistence/upstream/index.js';
import { MongooseThreadStore } from '../../src/persistence/upstream/mongoose-thread.store.js';
import type { ThreadStore } from '../../src/upstream/storm/thread.store.port.js';
import { MemoryThreadStore } from '../support/upstream/memory-thread.store.js';
import { openTestDatabase } from './support/test-database.js';

interface OpenStore {
  readonly store: ThreadStore;
  close(): Promise<void>;
}

async function openMemory(): Promise<OpenStore> {
  return { store: new MemoryThreadStore(), close: () => Promise.resolve() };
}

async function openMongoose(): Promise<OpenStore> {
  const database = await openTestDatabase(UPSTREAM_MODELS);
  const [threads] = UPSTREAM_MODELS.map(({ name }) => database.model(name));
  return { store: new MongooseThreadStore(threads as never), close: () => database.close() };
}

describe.each([
  ['in memory', openMemory],
  ['on mongoose', openMongoose],
])('ThreadStore: %s', (_name, open) => {
  let opened: OpenStore;
  let store: ThreadStore;
  let users = 0;
  let userId: string;
  const key = (changes: object = {}) => ({ userId, sessionId: 's', origin: 'http://storm', ...changes });

  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    users += 1;
    userId = `user-${users}`;
  });

  it('knows no thread that was not kept', async () => {
    expect(await store.find(key())).toBeUndefined();
  });

  it('keeps a session’s first thread, however often and at once others come', async () => {
    await store.keep(key(), '1');
    await Promise.all(['2', '3'].map((threadId) => store.keep(key(), threadId)));
    expect(await store.find(key())).toBe('1');
  });

  it('tells users, sessions and servers apart, whatever their names hold', async () => {
    await store.keep(key({ sessionId: 'b:c' }), '1');
    expect(await store.find(key({ userId: `${userId}:b`, sessionId: 'c' }))).toBeUndefined();
    expect(await store.find(key({ sessionId: 'b:c', origin: 'http://other' }))).toBeUndefined();
    expect(await store.find(key({ sessionId: 'b:c' }))).toBe('1');
  });

  it('forgets all threads of one session only', async () => {
    await store.keep(key(), '1');
    await store.keep(key({ origin: 'http://other' }), '2');
    await store.keep(key({ sessionId: 'other' }), '3');
    await store.forget(userId, 's');
    expect(await store.find(key())).toBeUndefined();
    expect(await store.find(key({ origin: 'http://other' }))).toBeUndefined();
    expect(await store.find(key({ sessionId: 'other' }))).toBe('3');
  });
});
