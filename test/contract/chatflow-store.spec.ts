import type { ChatflowSettings, ChatflowStore } from '../../src/chatflows/chatflow.store.port.js';
import { CHATFLOW_MODEL } from '../../src/persistence/chatflows/chatflow.schema.js';
import { CHATFLOW_MODELS } from '../../src/persistence/chatflows/index.js';
import { MongooseChatflowStore } from '../../src/persistence/chatflows/mongoose-chatflow.store.js';
import { MemoryChatflowStore } from '../support/chatflows/memory-chatflow.store.js';
import { openTestDatabase } from './support/test-database.js';

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 31, 12, minutes));
/** With every setting that there is. */
const FULL: Required<ChatflowSettings> = {
  name: 'Support',
  provider: 'storm',
  upstream: {
    flowId: 'f',
    baseUrl: 'http://localhost',
    model: 'm',
    bucketIds: ['a', 'b'],
    tools: true,
    systemPrompt: 'p',
  },
  price: { credits: 2 },
  access: { public: false, users: ['ada'], roles: ['staff'] },
  disabled: true,
  onDisconnect: { stopAfterSeconds: 60 },
  chargeOnStop: false,
  chargeOn: { length: false, 'content-filter': true },
  fallback: 'assistant',
  chunking: { adaptive: true, delayMs: 0, delays: { code: 5 } },
  inputWaitSeconds: 60,
  overrides: ['temperature'],
  clientOptions: ['tools', 'seed'],
  concurrency: { turns: 5, queue: 10, waitSeconds: 20 },
  title: { chatflow: 'titles', prompt: 'Name it.' },
  uploads: { types: ['image/*'], privateAddresses: true },
  retentionDays: 90,
};
const BARE: ChatflowSettings = {
  name: 'Bare',
  provider: 'assistant',
  upstream: {},
  price: { credits: 1 },
  access: {},
  onDisconnect: 'stop',
  chargeOnStop: true,
};

const open = {
  'in memory': async () => ({ store: new MemoryChatflowStore() as ChatflowStore, close: async () => {} }),
  'on mongoose': async () => {
    const database = await openTestDatabase(CHATFLOW_MODELS);
    const store: ChatflowStore = new MongooseChatflowStore(database.model(CHATFLOW_MODEL));
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('ChatflowStore: %s', (_where, openStore) => {
  let store: ChatflowStore;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ store, close } = await openStore());
  });
  afterEach(() => close());

  it('gives a chatflow back just as it was stored, absent settings absent', async () => {
    const full = await store.put('full', FULL, at(1));
    expect(full).toEqual({ ...FULL, id: 'full', version: 1, createdAt: at(1), updatedAt: at(1) });
    expect(await store.find('full')).toEqual(full);
    await store.put('bare', BARE, at(1));
    expect(await store.find('bare')).toEqual({
      ...BARE,
      id: 'bare',
      version: 1,
      createdAt: at(1),
      updatedAt: at(1),
    });
    expect(await store.find('nothing')).toBeUndefined();
  });

  it('replaces all settings, keeps the creation and counts the version up', async () => {
    await store.put('flow', FULL, at(1));
    const replaced = { ...BARE, id: 'flow', version: 2, createdAt: at(1), updatedAt: at(2) };
    expect(await store.put('flow', BARE, at(2))).toEqual(replaced);
    expect(await store.find('flow')).toEqual(replaced);
  });

  it('gives each of many concurrent changes a version of its own', async () => {
    const changes = Array.from({ length: 30 }, () => store.put('busy', BARE, at(1)));
    const versions = (await Promise.all(changes)).map(({ version }) => version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it('lets one of many concurrent chatflows have the same buckets', async () => {
    const having = (...bucketIds: string[]) => ({ ...BARE, upstream: { bucketIds } });
    const ids = Array.from({ length: 20 }, (_, i) => `flow-${i}`);
    const results = await Promise.allSettled(
      ids.map((id, i) => store.put(id, i % 2 === 0 ? having('a', 'b') : having('b', 'a', 'b'), at(1))),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason as unknown)).toEqual(
      Array.from({ length: 19 }, () => expect.objectContaining({ code: 'conflict' })),
    );
    const [kept] = await store.list(undefined, 100);
    expect(await store.list(undefined, 100)).toHaveLength(1);
    const { id = '' } = kept ?? {};
    // It may be stored again, and others may have some of its buckets.
    expect(await store.put(id, having('b', 'a'), at(2))).toMatchObject({ version: 2 });
    await store.put('one', having('a'), at(2));
    await expect(store.insertIfMissing('other', having('a', 'b'), at(2))).rejects.toMatchObject({
      code: 'conflict',
    });
    // What it has no more others may have, and what it never had.
    await store.put(id, BARE, at(3));
    expect(await store.put('other', having('a', 'b'), at(3))).toMatchObject({ version: 1 });
    await expect(store.put(id, having('a', 'b'), at(4))).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.find(id)).toMatchObject({ upstream: {}, version: 3 });
    await store.put('third', BARE, at(4));
  });

  it('inserts what is missing and leaves what is there', async () => {
    expect(await store.insertIfMissing('flow', BARE, at(1))).toBe(true);
    expect(await store.insertIfMissing('flow', FULL, at(2))).toBe(false);
    expect(await store.find('flow')).toMatchObject({ ...BARE, version: 1, createdAt: at(1) });
  });

  it('lists in the order of the ids, from behind a given one', async () => {
    for (const id of ['b', 'a', 'C', 'd']) await store.put(id, BARE, at(1));
    const ids = async (after: string | undefined, limit: number) =>
      (await store.list(after, limit)).map(({ id }) => id);
    expect(await ids(undefined, 10)).toEqual(['C', 'a', 'b', 'd']);
    expect(await ids('a', 1)).toEqual(['b']);
    expect(await ids('aa', 10)).toEqual(['b', 'd']);
    expect(await ids('d', 10)).toEqual([]);
  });

  it('removes', async () => {
    const made = await store.put('flow', BARE, at(1));
    expect(await store.remove(made)).toBe(true);
    expect(await store.find('flow')).toBeUndefined();
    expect(await store.remove(made)).toBe(false);
  });

  it('removes nothing that has been changed since it was read, or made again', async () => {
    const made = await store.put('flow', BARE, at(1));
    const changed = await store.put('flow', FULL, at(1));
    expect(await store.remove(made)).toBe(false);
    expect(await store.find('flow')).toEqual(changed);
    expect(await store.remove(changed)).toBe(true);
    const again = await store.put('flow', BARE, at(2));
    expect(again.version).toBe(made.version);
    expect(await store.remove(made)).toBe(false);
    expect(await store.find('flow')).toEqual(again);
  });
});
