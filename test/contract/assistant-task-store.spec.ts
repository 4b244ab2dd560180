import { ASSISTANT_MODELS } from '../../src/persistence/tools/index.js';
import { MongooseTaskStore } from '../../src/persistence/tools/mongoose-task.store.js';
import { MAX_TASKS } from '../../src/tools/todo/task.js';
import type { TaskStore } from '../../src/tools/todo/task.store.port.js';
import { MemoryTaskStore } from '../support/upstream/memory-task.store.js';
import { openTestDatabase } from './support/test-database.js';

interface OpenStore {
  readonly store: TaskStore;
  close(): Promise<void>;
}

async function openMemory(): Promise<OpenStore> {
  return { store: new MemoryTaskStore(), close: () => Promise.resolve() };
}

async function openMongoose(): Promise<OpenStore> {
  const database = await openTestDatabase(ASSISTANT_MODELS);
  const [tasks, counters] = ASSISTANT_MODELS.map(({ name }) => database.model(name));
  return { store: new MongooseTaskStore(tasks as never, counters as never), close: () => database.close() };
}

describe.each([
  ['in memory', openMemory],
  ['on mongoose', openMongoose],
])('TaskStore: %s', (_name, open) => {
  let opened: OpenStore;
  let store: TaskStore;
  let users = 0;
  let user: string;

  beforeAll(async () => {
    opened = await open();
    ({ store } = opened);
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    users += 1;
    user = `user-${users}`;
  });

  it('numbers a user’s tasks from 1 and lists them in that order', async () => {
    expect(await store.add(user, 'b')).toEqual({ number: 1, title: 'b', done: false });
    expect(await store.add(user, 'a')).toEqual({ number: 2, title: 'a', done: false });
    expect(await store.list(user)).toEqual([
      { number: 1, title: 'b', done: false },
      { number: 2, title: 'a', done: false },
    ]);
  });

  it('lists nothing for a user without tasks', async () => {
    expect(await store.list(user)).toEqual([]);
  });

  it('gives tasks that are added at once different numbers', async () => {
    const added = await Promise.all(Array.from({ length: 30 }, (_, index) => store.add(user, `t${index}`)));
    const numbers = added.map((task) => task?.number ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(await store.list(user)).toHaveLength(30);
  });

  it('never gives a number out again', async () => {
    await store.add(user, 'a');
    await store.add(user, 'b');
    await store.remove(user, 2);
    await store.remove(user, 1);
    expect(await store.add(user, 'c')).toMatchObject({ number: 3 });
  });

  it('completes a task, also twice', async () => {
    await store.add(user, 'a');
    expect(await store.complete(user, 1)).toEqual({ number: 1, title: 'a', done: true });
    expect(await store.complete(user, 1)).toEqual({ number: 1, title: 'a', done: true });
    expect(await store.list(user)).toEqual([{ number: 1, title: 'a', done: true }]);
  });

  it('removes a task once', async () => {
    await store.add(user, 'a');
    expect(await store.remove(user, 1)).toMatchObject({ number: 1, title: 'a' });
    expect(await store.remove(user, 1)).toBeUndefined();
    expect(await store.list(user)).toEqual([]);
  });

  it('knows nothing of numbers that were not given out', async () => {
    expect(await store.complete(user, 1)).toBeUndefined();
    expect(await store.remove(user, 1)).toBeUndefined();
  });

  it('takes as many tasks as it lists, however many are added at once', async () => {
    const add = async (count: number) => {
      const added = await Promise.all(
        Array.from({ length: count }, (_, index) => store.add(user, `t${index}`)),
      );
      return added.filter((task) => task !== undefined).length;
    };
    while ((await store.list(user)).length < MAX_TASKS - 5) expect(await add(33)).toBe(33);
    expect(await add(60)).toBe(5);
    expect(await store.list(user)).toHaveLength(MAX_TASKS);
    await store.remove(user, 1);
    expect([await add(1), await add(1)]).toEqual([1, 0]);
  });

  it('keeps users apart', async () => {
    await store.add(user, 'mine');
    expect(await store.list(`${user}-other`)).toEqual([]);
    expect(await store.complete(`${user}-other`, 1)).toBeUndefined();
    expect(await store.remove(`${user}-other`, 1)).toBeUndefined();
    expect(await store.add(`${user}-other`, 'theirs')).toMatchObject({ number: 1 });
  });

  it('removes all of a user, who begins anew', async () => {
    await store.add(user, 'mine');
    await store.add(user, 'too');
    await store.add(`${user}-other`, 'theirs');
    expect(await store.removeAllOf(user)).toBe(2);
    expect(await store.removeAllOf(user)).toBe(0);
    expect(await store.list(user)).toEqual([]);
    expect(await store.list(`${user}-other`)).toHaveLength(1);
    expect(await store.add(user, 'again')).toMatchObject({ number: 1 });
  });

  it('keeps titles as they are', async () => {
    const title = '😀 "quotes" $where {a: 1} \u2028 ünï';
    await store.add(user, title);
    expect((await store.list(user))[0]?.title).toBe(title);
  });
});
