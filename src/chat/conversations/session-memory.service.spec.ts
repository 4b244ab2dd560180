import type { Chatflow } from '../../chatflows/chatflow.js';
import { Clock } from '../../platform/clock.port.js';
import { createLog } from '../../platform/logging/create-log.js';
import { FIRST_PLACE, type SessionPlace } from '../records/session-place.js';
import type { Conversation } from '../records/conversation.store.port.js';
import { SessionMemory } from './session-memory.service.js';

class StoppedClock extends Clock {
  now(): number {
    return 1_000_000;
  }
}

const TURN = { id: 'turn', userId: 'ada', sessionId: 'main' };
const flow = (upstream: Chatflow['upstream'] = { flowId: 'f' }, provider = 'flowise') =>
  ({ id: 'flow', provider, upstream }) as Chatflow;
const place: SessionPlace = { position: 4, after: 3, parentId: 'm3' };

function setUp(memory: 'none' | 'told' | 'kept' = 'kept') {
  const inserted: Conversation[] = [];
  const spent: string[] = [];
  const names: string[] = [];
  let failing = false;
  const store = {
    insert: async (conversation: Conversation) => void inserted.push(conversation),
    findCurrent: async () => inserted.at(-1),
    spend: async ({ userId, sessionId }: typeof TURN) => void spent.push(`${userId} ${sessionId}`),
    name: async (_: unknown, name: string) =>
      failing ? Promise.reject(new Error('no connection')) : void names.push(name),
  };
  const service = new SessionMemory(
    store as never,
    { get: () => ({ memory }) } as never,
    new StoppedClock(),
    createLog({ level: 'silent' }),
  );
  return { service, inserted, spent, names, fail: () => (failing = true) };
}

describe('SessionMemory', () => {
  it('makes none for an upstream that keeps none', async () => {
    const { service, inserted } = setUp('told');
    expect(service.begin(TURN, flow())).toBeUndefined();
    expect(await service.of(TURN, flow(), place)).toBeUndefined();
    expect(inserted).toEqual([]);
  });

  it('makes a random id, that no part of the session is in, for what the upstream has not heard', async () => {
    const { service, inserted } = setUp();
    const made = await service.of(TURN, flow(), place);
    expect(inserted).toEqual([made]);
    expect(made).toMatchObject({ ...TURN, id: made?.id, chatflowId: 'flow', rememberedFrom: 4 });
    expect(made?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(service.begin(TURN, flow())?.id).not.toBe(made?.id);
  });

  it('goes on with the one there is', async () => {
    const { service, inserted, spent } = setUp();
    const first = await service.of(TURN, flow(), FIRST_PLACE);
    expect(await service.of(TURN, flow(), place)).toBe(first);
    expect(inserted).toHaveLength(1);
    expect(spent).toEqual([]);
  });

  it.each([
    ['the chatflow has another flow now', flow({ flowId: 'g' }), place],
    ['the chatflow has another server now', flow({ flowId: 'f', baseUrl: 'http://other' }), place],
    ['the turn goes on with another branch', flow(), { ...place, after: 1, parentId: 'm1' }],
  ])('spends it and makes another one when %s', async (_, chatflow, at) => {
    const { service, spent } = setUp();
    const first = await service.of(TURN, flow(), FIRST_PLACE);
    const second = await service.of(TURN, chatflow, at);
    expect(second?.id).not.toBe(first?.id);
    expect(spent).toEqual(['ada main']);
  });

  it('keeps what the upstream calls it, and never fails a turn for that', async () => {
    const { service, names, fail } = setUp();
    const conversation = service.begin(TURN, flow())!;
    const given = service.forProvider(TURN, { ...conversation, upstreamId: '12' });
    expect(given).toMatchObject({ id: conversation.id, upstreamId: '12' });
    await given.named('34');
    expect(names).toEqual(['34']);
    fail();
    await given.named('56');
    expect(names).toEqual(['34']);
  });
});
