import { loadConfig } from '../../config/load-config.js';
import { Clock } from '../../platform/clock.port.js';
import { createLog } from '../../platform/logging/create-log.js';
import type { ForgottenConversation } from '../records/conversation.store.port.js';
import { MemoryEraser, stateOf } from './memory-eraser.service.js';

const NOW = 1_000_000;
class StoppedClock extends Clock {
  now(): number {
    return NOW;
  }
}

const forgotten = (id: string, changes: Partial<ForgottenConversation> = {}): ForgottenConversation => ({
  id,
  userId: 'ada',
  sessionId: 'main',
  chatflowId: 'flow',
  provider: 'flowise',
  target: {},
  rememberedFrom: 0,
  createdAt: new Date(0),
  attempts: 0,
  ...changes,
});

function setUp(forget: (id: string) => Promise<'deleted' | 'unsupported'>) {
  const removed: string[] = [];
  const postponed = new Map<string, number>();
  let due: ForgottenConversation[] = [];
  const store = {
    remove: async ({ id }: { id: string }) => void removed.push(id),
    postpone: async ({ id }: { id: string }, until: Date) => void postponed.set(id, until.getTime() - NOW),
    takeForgotten: async (_now: Date, _again: Date, limit: number) => due.splice(0, limit),
  };
  const eraser = new MemoryEraser(
    store as never,
    { get: () => ({ forget: ({ id }: { id: string }) => forget(id) }) } as never,
    loadConfig({ NODE_ENV: 'test', TURN_TIMEOUT_MS: '5000' }),
    new StoppedClock(),
    createLog({ level: 'silent' }),
  );
  return {
    eraser,
    removed,
    postponed,
    makeDue: (conversations: ForgottenConversation[]) => (due = conversations),
  };
}

const refuse = () => Promise.reject(new Error('no connection'));

describe('MemoryEraser', () => {
  it('says what has become of all memories of a session by the worst of them', async () => {
    const states = { a: 'deleted', b: 'unsupported' } as const;
    const { eraser, removed } = setUp(async (id) => states[id as 'a'] ?? refuse());
    expect(stateOf(await eraser.erase([]))).toBe('none');
    expect(stateOf(await eraser.erase([forgotten('a')]))).toBe('deleted');
    expect(stateOf(await eraser.erase([forgotten('a'), forgotten('b')]))).toBe('unsupported');
    expect(stateOf(await eraser.erase([forgotten('a'), forgotten('b'), forgotten('c')]))).toBe('pending');
    expect(new Set(removed)).toEqual(new Set(['a', 'b']));
  });

  it('asks once more when a run may have gone on behind its turn and remembered its answer', async () => {
    const { eraser, removed, postponed } = setUp(async () => 'deleted');
    await eraser.erase([
      forgotten('running', { spentAt: new Date(NOW - 1000) }),
      forgotten('over', { spentAt: new Date(NOW - 6000) }),
    ]);
    expect(removed).toEqual(['over']);
    expect([...postponed]).toEqual([['running', 4000]]);
  });

  it('asks again after growing pauses, and gives up in the end', async () => {
    const { eraser, removed, postponed, makeDue } = setUp(refuse);
    for (const attempts of [0, 1, 20, 40]) {
      makeDue([forgotten(`after ${attempts}`, { attempts })]);
      await eraser.eraseDue();
    }
    expect([...postponed.values()]).toEqual([60_000, 120_000, 24 * 3600_000]);
    expect(removed).toEqual(['after 40']);
  });

  it('has everything forgotten that is due, however much has come together', async () => {
    const { eraser, removed, makeDue } = setUp(async () => 'deleted');
    const ids = Array.from({ length: 95 }, (_, index) => `memory-${index}`);
    makeDue(ids.map((id) => forgotten(id)));
    await eraser.eraseDue();
    expect(removed).toEqual(ids);
  });
});
