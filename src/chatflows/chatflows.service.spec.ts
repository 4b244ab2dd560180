import { sharedCaches } from '../../test/support/shared-caches.js';
import { FixedClock, principalOf } from '../../test/support/auth/auth-fixtures.js';
import { MemoryChatflowStore } from '../../test/support/chatflows/memory-chatflow.store.js';
import { MemoryRetiredChatflowStore } from '../../test/support/chatflows/memory-retired-chatflow.store.js';
import { BuiltInChatflows } from './built-in-chatflows.service.js';
import { CachedChatflowRegistry } from './cached-chatflow-registry.service.js';
import { ChatflowFinder } from './chatflow-finder.service.js';
import type { ChatflowSettings } from './chatflow.store.port.js';
import { ChatflowsService } from './chatflows.service.js';
import { RuleChatflowAccess } from './rule-chatflow-access.service.js';

const SETTINGS: ChatflowSettings = {
  name: 'Support',
  provider: 'flowise',
  upstream: { flowId: 'flow' },
  price: { credits: 2 },
  access: { public: true },
  onDisconnect: 'continue',
  chargeOnStop: true,
};
const ada = principalOf('ada', { roles: ['user'] });

function setUp() {
  const store = new MemoryChatflowStore();
  const clock = new FixedClock();
  const registry = new CachedChatflowRegistry(store, sharedCaches(clock));
  const access = new RuleChatflowAccess();
  const retired = new MemoryRetiredChatflowStore();
  return {
    store,
    retired,
    clock,
    registry,
    finder: new ChatflowFinder(registry, access),
    builtIn: new BuiltInChatflows(store, registry, clock),
    service: new ChatflowsService(store, registry, access, retired, clock),
  };
}

describe('ChatflowsService', () => {
  it('lists page by page what the caller may use and nothing else', async () => {
    const { service, store } = setUp();
    for (let i = 0; i < 450; i += 1) {
      const access = i % 150 === 0 ? { users: ['ada'] } : { users: ['bob'] };
      await store.put(`flow-${String(i).padStart(3, '0')}`, { ...SETTINGS, access }, new Date());
    }
    const first = await service.listFor(ada, undefined, 2);
    expect(first.chatflows.map(({ id }) => id)).toEqual(['flow-000', 'flow-150']);
    const second = await service.listFor(ada, first.next, 2);
    expect(second.chatflows.map(({ id }) => id)).toEqual(['flow-300']);
    expect(second.next).toBeUndefined();
  });

  it('leaves behind how long a deleted chatflow keeps its sessions, of its last version', async () => {
    const { service, retired, clock } = setUp();
    await service.put('week', { ...SETTINGS, retentionDays: 7 });
    await service.remove('week');
    const deletedAt = new Date(clock.time);
    expect([...retired.retired.values()]).toEqual([
      { id: 'week', retentionDays: 7, deletedAt, expiresAt: new Date(clock.time + (7 + 3650) * 86_400_000) },
    ]);
    await service.put('week', SETTINGS);
    await service.remove('week');
    expect(retired.retired.size).toBe(0);
    await expect(service.remove('week')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leaves behind the retention that a deleted chatflow was given while it was deleted', async () => {
    const { service, store, retired } = setUp();
    await service.put('week', { ...SETTINGS, retentionDays: 7 });
    const put = retired.put.bind(retired);
    retired.put = async (first) => {
      retired.put = put;
      await put(first);
      await service.put('week', { ...SETTINGS, retentionDays: 30 });
    };
    await service.remove('week');
    expect(store.chatflows.size).toBe(0);
    expect([...retired.retired.values()]).toMatchObject([{ id: 'week', retentionDays: 30 }]);
  });

  it('has no next page when the last one was exactly full', async () => {
    const { service } = setUp();
    await service.put('a', SETTINGS);
    expect((await service.listFor(ada, undefined, 1)).next).toBeUndefined();
  });

  it('refuses a fallback that is the chatflow itself or that does not exist', async () => {
    const { service, store } = setUp();
    const fields = (field: string) => ({ code: 'validation_failed', details: { errors: [{ field }] } });
    await expect(service.put('a', { ...SETTINGS, fallback: 'a' })).rejects.toMatchObject(fields('fallback'));
    await expect(service.put('a', { ...SETTINGS, fallback: 'b' })).rejects.toMatchObject(fields('fallback'));
    expect(store.chatflows.size).toBe(0);
    await service.put('b', SETTINGS);
    await expect(service.put('a', { ...SETTINGS, fallback: 'b' })).resolves.toMatchObject({ fallback: 'b' });
  });

  it('finds a disabled chatflow, but not to ask it', async () => {
    const { service, finder } = setUp();
    await service.put('a', { ...SETTINGS, disabled: true });
    await expect(finder.findFor(ada, 'a')).resolves.toMatchObject({ disabled: true });
    await expect(finder.findToAsk(ada, 'a')).rejects.toMatchObject({ code: 'chatflow_disabled' });
    await service.put('a', { ...SETTINGS, disabled: true, access: {} });
    await expect(finder.findToAsk(ada, 'a')).rejects.toMatchObject({ code: 'chatflow_access_denied' });
    await service.put('a', SETTINGS);
    await expect(finder.findToAsk(ada, 'a')).resolves.toMatchObject({ id: 'a' });
  });

  it('lets a change count at once on its own instance', async () => {
    const { service, finder } = setUp();
    await expect(finder.findFor(ada, 'a')).rejects.toMatchObject({ code: 'not_found' });
    await service.put('a', SETTINGS);
    await expect(finder.findFor(ada, 'a')).resolves.toMatchObject({ version: 1 });
    await service.put('a', { ...SETTINGS, access: { users: ['bob'] } });
    await expect(finder.findFor(ada, 'a')).rejects.toMatchObject({ code: 'chatflow_access_denied' });
    await service.remove('a');
    await expect(finder.findFor(ada, 'a')).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.remove('a')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('CachedChatflowRegistry', () => {
  it('sees what another instance changed within five seconds, and what it made within one', async () => {
    const { store, registry, clock } = setUp();
    expect(await registry.find('a')).toBeUndefined();
    await store.put('a', SETTINGS, new Date());
    clock.time += 999;
    expect(await registry.find('a')).toBeUndefined();
    clock.time += 2;
    expect((await registry.find('a'))?.version).toBe(1);
    await store.put('a', SETTINGS, new Date());
    clock.time += 4_999;
    expect((await registry.find('a'))?.version).toBe(1);
    clock.time += 2;
    expect((await registry.find('a'))?.version).toBe(2);
  });

  it('asks the store once for many concurrent look-ups', async () => {
    const { store, registry } = setUp();
    await Promise.all(Array.from({ length: 50 }, () => registry.find('a')));
    expect(store.lookUps).toBe(1);
  });
});

describe('BuiltInChatflows', () => {
  it('makes the assistant once and keeps what an admin changed about it', async () => {
    const { builtIn, service, registry } = setUp();
    await builtIn.onApplicationBootstrap();
    expect(await registry.find('assistant')).toMatchObject({
      name: 'Todo assistant',
      provider: 'assistant',
      price: { credits: 1 },
      access: { public: true },
    });
    await service.put('assistant', { ...SETTINGS, name: 'Ours' });
    await builtIn.onApplicationBootstrap();
    expect(await registry.find('assistant')).toMatchObject({ name: 'Ours', version: 2 });
  });
});
