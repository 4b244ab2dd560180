import { loadConfig } from '../../config/load-config.js';
import { Clock } from '../../platform/clock.js';
import { createLog } from '../../platform/logging/create-log.js';
import type { ChatProvider, ProviderRegistry } from '../../upstream/chat-provider.port.js';
import type { ConversationStore, ForgottenConversation } from './conversation-store.port.js';
import { MemoryEraser } from './memory-eraser.service.js';

const NOW = Date.UTC(2026, 0, 1);

class FixedClock extends Clock {
  override now(): number {
    return NOW;
  }
}

function forgotten(id: string, spentAt?: Date): ForgottenConversation {
  return {
    id,
    userId: 'user',
    sessionId: 'main',
    chatflowId: 'flow',
    provider: 'flowise',
    target: { flowId: 'flow' },
    rememberedFrom: 0,
    createdAt: new Date(0),
    attempts: 0,
    ...(spentAt === undefined ? {} : { spentAt }),
  };
}

/** The part of the store that the eraser uses. */
class Conversations {
  readonly due = new Map<string, { readonly conversation: ForgottenConversation; at: number }>();

  add(...conversations: readonly ForgottenConversation[]): void {
    for (const conversation of conversations) this.due.set(conversation.id, { conversation, at: NOW });
  }
  async takeForgotten(now: Date, again: Date, limit: number): Promise<readonly ForgottenConversation[]> {
    const taken = [...this.due.values()].filter(({ at }) => at <= now.getTime()).slice(0, limit);
    for (const entry of taken) entry.at = again.getTime();
    return taken.map(({ conversation }) => conversation);
  }
  async postpone({ id }: Pick<ForgottenConversation, 'id'>, until: Date): Promise<void> {
    const entry = this.due.get(id);
    if (entry !== undefined) entry.at = until.getTime();
  }
  async remove({ id }: Pick<ForgottenConversation, 'id'>): Promise<void> {
    this.due.delete(id);
  }
}

describe('MemoryEraser', () => {
  const config = loadConfig({ TURN_TIMEOUT_MS: '60000' });
  let store: Conversations;
  let asked: string[];
  let refused: ReadonlySet<string>;
  let eraser: MemoryEraser;

  beforeEach(() => {
    store = new Conversations();
    asked = [];
    refused = new Set();
    const provider = {
      forget: async ({ id }: ForgottenConversation) => {
        asked.push(id);
        if (refused.has(id)) throw new Error('The upstream is away');
        return 'deleted' as const;
      },
    };
    eraser = new MemoryEraser(
      store as unknown as ConversationStore,
      { get: () => provider as unknown as ChatProvider } as unknown as ProviderRegistry,
      config,
      new FixedClock(),
      createLog({ level: 'silent' }),
    );
  });

  it('has everything forgotten that is due, however much has come together', async () => {
    const ids = Array.from({ length: 95 }, (_, index) => `memory-${index}`);
    store.add(...ids.map((id) => forgotten(id)));
    await eraser.eraseDue();
    expect(asked).toEqual(ids);
    expect(store.due.size).toBe(0);
  });

  it('asks an upstream that refuses once each time, and goes on with the others', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `memory-${index}`);
    store.add(...ids.map((id) => forgotten(id)));
    refused = new Set(ids.slice(0, 30));
    await eraser.eraseDue();
    expect(asked).toEqual(ids);
    expect([...store.due.keys()]).toEqual(ids.slice(0, 30));
    expect([...store.due.values()].every(({ at }) => at > NOW)).toBe(true);
  });

  it('has a memory forgotten once more when no run can remember anything any more', async () => {
    const spentAt = new Date(NOW - 1000);
    expect(await eraser.erase([forgotten('a'), forgotten('b', spentAt)])).toBe('deleted');
    store.add(forgotten('c', spentAt));
    await eraser.eraseDue();
    expect(store.due.get('c')?.at).toBe(spentAt.getTime() + 60_000);
  });
});
