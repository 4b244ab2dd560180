import type { RefreshTokenStore } from '../../src/auth/tokens/refresh-token.store.port.js';
import { AUTH_MODELS } from '../../src/persistence/auth/index.js';
import { MongooseRefreshTokenStore } from '../../src/persistence/auth/mongoose-refresh-token.store.js';
import { REFRESH_TOKEN_MODEL } from '../../src/persistence/auth/refresh-token.schema.js';
import { MemoryRefreshTokenStore } from '../support/auth/memory-refresh-token.store.js';
import { openTestDatabase } from './support/test-database.js';

// In the future, so that no TTL sweep takes the documents away.
const NOW = Date.UTC(2090, 0, 1);
const at = (seconds: number) => new Date(NOW + seconds * 1000);

const open = {
  'in memory': async () => ({
    store: new MemoryRefreshTokenStore() as RefreshTokenStore,
    close: async () => {},
  }),
  'on mongoose': async () => {
    const database = await openTestDatabase(AUTH_MODELS);
    const store: RefreshTokenStore = new MongooseRefreshTokenStore(database.model(REFRESH_TOKEN_MODEL));
    return { store, close: database.close };
  },
};

describe.each(Object.entries(open))('RefreshTokenStore: %s', (_where, openStore) => {
  let store: RefreshTokenStore;
  let close: () => Promise<void>;
  let familyId: string;
  let families = 0;
  beforeAll(async () => {
    ({ store, close } = await openStore());
  });
  afterAll(() => close());
  beforeEach(async () => {
    familyId = `family-${(families += 1)}`;
    await store.insert({
      id: familyId,
      userId: 'ada',
      secretHash: 'one',
      createdAt: at(0),
      expiresAt: at(100),
    });
  });

  const rotate = (fromHash: string, toHash: string, seconds = 0) =>
    store.rotate({ familyId, fromHash, toHash, now: at(seconds), expiresAt: at(seconds + 100) });

  it('lists the sign-ins of a user, newest first, and ends one or all of them, and nobody else’s', async () => {
    const of = async (userId: string, seconds: number, more: object = {}) => {
      const family = {
        id: `listed-${(families += 1)}`,
        userId,
        secretHash: 'one',
        createdAt: at(seconds),
        expiresAt: at(100),
        ...more,
      };
      await store.insert(family);
      return family;
    };
    const first = await of('lister', 1, { userAgent: 'a browser' });
    const second = await of('lister', 2);
    await of('lister', 3, { expiresAt: at(5) });
    const others = await of('another', 1);
    expect(await store.listOf('lister', at(10), 10)).toEqual([second, first]);
    expect(await store.listOf('lister', at(10), 1)).toEqual([second]);
    expect(await store.exists(first.id)).toBe(true);
    expect(await store.removeOf('another', first.id)).toBe(false);
    expect(await store.removeOf('lister', first.id)).toBe(true);
    expect(await store.removeOf('lister', first.id)).toBe(false);
    expect(await store.exists(first.id)).toBe(false);
    const third = await of('lister', 4);
    await store.removeAllOf('lister', third.id);
    expect(await store.listOf('lister', at(0), 10)).toEqual([third]);
    await store.removeAllOf('lister');
    expect(await store.listOf('lister', at(0), 10)).toEqual([]);
    expect(await store.listOf('another', at(0), 10)).toEqual([others]);
  });

  it('rotates from the newest secret only', async () => {
    expect(await rotate('one', 'two')).toEqual({ userId: 'ada' });
    expect(await rotate('one', 'three')).toBeUndefined();
    expect(await rotate('two', 'three')).toEqual({ userId: 'ada' });
  });

  it('lets exactly one of many concurrent rotations succeed, and its secret is the newest', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => rotate('one', `next-${i}`)));
    const winners = results.flatMap((result, i) => (result === undefined ? [] : [i]));
    expect(winners).toHaveLength(1);
    expect(await rotate(`next-${winners[0]}`, 'after')).toEqual({ userId: 'ada' });
  });

  it('does not rotate an expired login, and a rotation prolongs it', async () => {
    expect(await rotate('one', 'two', 99)).toEqual({ userId: 'ada' });
    expect(await rotate('two', 'three', 198)).toEqual({ userId: 'ada' });
    expect(await rotate('three', 'four', 298)).toBeUndefined();
  });

  describe('finding a rotation again', () => {
    const found = (fromHash: string, toHash: string, seconds: number, after: number) =>
      store.findRotated({ familyId, fromHash, toHash, now: at(seconds) }, at(after));

    it('tells the last one and when it was made', async () => {
      await rotate('one', 'two', 10);
      expect(await found('one', 'two', 20, 9)).toEqual({ userId: 'ada', at: at(10) });
      await rotate('two', 'three', 12);
      expect(await found('two', 'three', 20, 9)).toEqual({ userId: 'ada', at: at(12) });
    });

    it('tells none that is too old, not the last, not made or of a login that is over', async () => {
      expect(await found('one', 'one', 1, 0)).toBeUndefined();
      await rotate('one', 'two', 10);
      expect(await found('one', 'two', 20, 10)).toBeUndefined();
      expect(await found('one', 'three', 20, 9)).toBeUndefined();
      expect(await found('zero', 'two', 20, 9)).toBeUndefined();
      expect(await found('one', 'two', 110, 9)).toBeUndefined();
      await rotate('two', 'three', 12);
      expect(await found('one', 'two', 20, 9)).toBeUndefined();
      await store.remove(familyId);
      expect(await found('two', 'three', 20, 9)).toBeUndefined();
    });
  });

  it('ends a login once, and no rotation survives it', async () => {
    expect(await store.remove(familyId)).toEqual({ userId: 'ada' });
    expect(await store.remove(familyId)).toBeUndefined();
    expect(await rotate('one', 'two')).toBeUndefined();
  });

  it('rotates nothing in another login', async () => {
    await store.insert({
      id: `${familyId}-b`,
      userId: 'bob',
      secretHash: 'b',
      createdAt: at(0),
      expiresAt: at(100),
    });
    expect(await rotate('b', 'c')).toBeUndefined();
  });
});
