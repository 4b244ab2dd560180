import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FixedClock } from '../../test/support/auth/auth-fixtures.js';
import { CHANGE_KINDS, ChangeFeed } from './change-feed.service.js';
import { InstanceBus, type BusListener } from './instance-bus.port.js';
import { SharedCaches } from './shared-caches.service.js';

/** Brings at once what is said, and loses it while it is broken. */
class TestBus extends InstanceBus {
  readonly state = 'up';
  readonly said: unknown[] = [];
  peers: TestBus[] = [];
  isBroken = false;
  private readonly listeners = new Map<string, BusListener>();
  private readonly restored: (() => void)[] = [];

  publish(topic: string, message: unknown): void {
    this.said.push(message);
    if (this.isBroken) return;
    const text = JSON.stringify(message);
    for (const peer of this.peers) if (!peer.isBroken) peer.listeners.get(topic)?.(JSON.parse(text), 'peer');
  }
  send(): void {}
  request(): Promise<unknown> {
    return Promise.reject(new Error('not asked here'));
  }
  listen(topic: string, listener: BusListener): () => void {
    this.listeners.set(topic, listener);
    return () => this.listeners.delete(topic);
  }
  answer(): () => void {
    return () => undefined;
  }
  onRestored(listener: () => void): () => void {
    this.restored.push(listener);
    return () => undefined;
  }
  mend(): void {
    this.isBroken = false;
    for (const listener of this.restored) listener();
  }
}

describe('SharedCaches', () => {
  /** The stored values, which both instances read. */
  let store: Map<string, string>;
  let one: ReturnType<typeof newInstance>;
  let two: ReturnType<typeof newInstance>;

  function newInstance() {
    const bus = new TestBus();
    const feed = new ChangeFeed(bus);
    const caches = new SharedCaches(feed, new FixedClock());
    const cache = caches.of({
      kind: 'chatflow',
      madeOf: ['user'],
      maxEntries: 10,
      load: (key) => Promise.resolve(store.get(key)),
      keepForMs: () => Infinity,
    });
    return { bus, feed, cache };
  }

  beforeEach(() => {
    store = new Map([
      ['a', 'old'],
      ['b', 'old'],
    ]);
    [one, two] = [newInstance(), newInstance()];
    one.bus.peers = [two.bus];
    two.bus.peers = [one.bus];
  });

  const readAll = () => Promise.all([one, two].flatMap(({ cache }) => [cache.get('a'), cache.get('b')]));

  async function storeNew(): Promise<void> {
    await readAll();
    for (const key of store.keys()) store.set(key, 'new');
    expect(await readAll()).toEqual(['old', 'old', 'old', 'old']);
  }

  it('forget what was changed, here and on the other instance, and nothing else', async () => {
    await storeNew();
    one.cache.changed('a');
    expect(await readAll()).toEqual(['new', 'old', 'new', 'old']);
  });

  it('forget everything when what it is made of has changed', async () => {
    await storeNew();
    two.feed.changed('user', 'somebody');
    expect(await readAll()).toEqual(['new', 'new', 'new', 'new']);
  });

  it('forget everything when messages may have been missed, by whomever', async () => {
    await storeNew();
    one.bus.isBroken = true;
    one.cache.changed('a');
    expect(await readAll()).toEqual(['new', 'old', 'old', 'old']);
    one.bus.mend();
    expect(await readAll()).toEqual(['new', 'new', 'new', 'new']);
  });

  it('forget all of a kind for a key that is too long to send', async () => {
    await storeNew();
    one.cache.changed('x'.repeat(5000));
    expect(JSON.stringify(one.bus.said)).toHaveLength('[{"kind":"chatflow"}]'.length);
    expect((await readAll()).slice(2)).toEqual(['new', 'new']);
  });

  it('forget everything for a message of another version', async () => {
    await storeNew();
    one.bus.publish('changed', { kind: 'something new', key: 'a' });
    expect((await readAll()).slice(2)).toEqual(['new', 'new']);
  });

  it('do not keep what was being read when it was changed', async () => {
    let answer: (value: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (answer = resolve));
    const get = store.get.bind(store);
    const feed = two.feed;
    const caches = new SharedCaches(feed, new FixedClock());
    let first = true;
    const cache = caches.of({
      kind: 'chatflow',
      maxEntries: 10,
      load: (key) => {
        const wasFirst = first;
        first = false;
        return wasFirst ? slow : Promise.resolve(get(key));
      },
      keepForMs: () => Infinity,
    });
    const reading = cache.get('a');
    store.set('a', 'new');
    two.bus.mend();
    answer('old');
    expect(await reading).toBe('old');
    expect(await cache.get('a')).toBe('new');
  });

  it('hear of every kind', () => {
    const heard: string[] = [];
    for (const kind of CHANGE_KINDS) two.feed.onChange(kind, (key) => heard.push(`${kind} ${key}`));
    for (const kind of CHANGE_KINDS) one.feed.changed(kind, 'k');
    expect(heard).toEqual(CHANGE_KINDS.map((kind) => `${kind} k`));
  });
});

/** What is remembered and is no copy of what is stored, so that no other instance can change it. */
const OTHER_CACHES = [
  'accounting/external/external-credit-ledger.service.ts: LRUCache (prices of another service, 30 s)',
  'accounting/ledger/outbox-mover.service.ts: LRUCache (what this instance has brought to the ledger, where it stays)',
  'auth/login/bounded-memory-limiter.ts: LRUCache (attempts at this instance)',
  'auth/tokens/verified-tokens.service.ts: LRUCache (signatures; what a token says is good until it expires)',
  'chat/turn/admit/session-quota.service.ts: LRUCache (half of what is left, 10 s)',
  'chat/turn/admit/turn-places.service.ts: LRUCache (whom this instance has just refused, 1 s)',
  'chat/turn/run/live-turns.ts: LRUCache (streams of this instance)',
  'chat/turn/settle/stored-bytes.service.ts: LRUCache (a sum of many sessions, read again after 20 s)',
  'cluster/shared-caches.service.ts: ReadThroughCache (makes them)',
  'platform/read-through-cache.ts: LRUCache (is one)',
  'upstream/resilience/circuits.service.ts: LRUCache (what this instance has seen of upstreams)',
];

it('no cache is made elsewhere without a reason', () => {
  const root = join(import.meta.dirname, '..');
  const made = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => {
      const kinds = [
        ...readFileSync(join(root, file), 'utf8').matchAll(/new (ReadThroughCache|LRUCache)\b/g),
      ];
      return [...new Set(kinds.map(([, kind]) => `${file}: ${kind}`))];
    });
  expect(made.sort()).toEqual(OTHER_CACHES.map((line) => line.replace(/ \(.*$/, '')));
});
