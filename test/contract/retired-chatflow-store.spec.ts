import type {
  RetiredChatflow,
  RetiredChatflowStore,
} from '../../src/chatflows/retired-chatflow.store.port.js';
import { CHATFLOW_MODELS } from '../../src/persistence/chatflows/index.js';
import { MongooseRetiredChatflowStore } from '../../src/persistence/chatflows/mongoose-retired-chatflow.store.js';
import { RETIRED_CHATFLOW_MODEL } from '../../src/persistence/chatflows/retired-chatflow.schema.js';
import { MemoryRetiredChatflowStore } from '../support/chatflows/memory-retired-chatflow.store.js';
import { openTestDatabase } from './support/test-database.js';

const retired = (id: string, retentionDays = 7): RetiredChatflow => ({
  id,
  retentionDays,
  deletedAt: new Date('2090-01-31T12:00:00Z'),
  expiresAt: new Date('2099-01-31T12:00:00Z'),
});

const open = {
  'in memory': async () => ({
    store: new MemoryRetiredChatflowStore() as RetiredChatflowStore,
    close: async () => {},
  }),
  'on mongoose': async () => {
    const database = await openTestDatabase(CHATFLOW_MODELS);
    const store: RetiredChatflowStore = new MongooseRetiredChatflowStore(
      database.model(RETIRED_CHATFLOW_MODEL),
    );
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('RetiredChatflowStore: %s', (_where, openStore) => {
  let store: RetiredChatflowStore;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());

  it('keeps one for each id, the latest, until it is taken away', async () => {
    await Promise.all([3, 3, 3].map((days) => store.put(retired('flow', days))));
    await store.put(retired('flow', 5));
    expect(await store.list(undefined, 10)).toEqual([retired('flow', 5)]);
    await store.remove('flow');
    await store.remove('flow');
    expect(await store.list(undefined, 10)).toEqual([]);
  });

  it('lists them by their ids, page by page', async () => {
    for (const id of ['c', 'a', 'b']) await store.put(retired(id));
    const ids = async (after: string | undefined) => (await store.list(after, 2)).map(({ id }) => id);
    expect([await ids(undefined), await ids('b')]).toEqual([['a', 'b'], ['c']]);
  });
});
