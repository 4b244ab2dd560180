import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { ProviderRegistry } from '../../upstream/chat-provider.port.js';
import { ConversationStore, type ForgottenConversation } from '../records/conversation.store.port.js';

/**
 * What has become of the memory that upstreams keep of a session:
 * `none` there was none · `deleted` they have forgotten it · `pending` one could not be reached, and is asked again · `unsupported` one can't forget.
 */
export const MEMORY_STATES = ['none', 'deleted', 'pending', 'unsupported'] as const;
export type MemoryState = (typeof MEMORY_STATES)[number];

/** What has become of one memory. */
export interface ErasedMemory {
  readonly chatflowId: string;
  readonly state: MemoryState;
}

/** The worst of them. */
export function stateOf(memories: readonly ErasedMemory[]): MemoryState {
  if (memories.length === 0) return 'none';
  const worst = (['pending', 'unsupported'] as const).find((one) =>
    memories.some(({ state }) => state === one),
  );
  return worst ?? 'deleted';
}

const UPKEEP_INTERVAL_MS = 30_000;
const AT_ONCE = 20;
/** Nobody waits longer for an upstream to forget; it goes on in the background. */
const WAIT_MS = 5000;
/** Until whoever has taken a memory counts as gone. */
const TAKEN_FOR_MS = 60_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 24 * 3600_000;
/** With these pauses about a month. */
const MOST_ATTEMPTS = 40;

/** Has upstreams forget the sessions that were deleted: at once, and again until they have. */
@Injectable()
export class MemoryEraser implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.eraseDue());
  private isStopped = false;

  constructor(
    private readonly store: ConversationStore,
    private readonly providers: ProviderRegistry,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    await this.task.stop();
  }

  /** Takes five seconds at most for each twenty; never rejects. What is left out because of a shutdown stays due. */
  async erase(conversations: readonly ForgottenConversation[]): Promise<readonly ErasedMemory[]> {
    const erased: ErasedMemory[] = [];
    // A session may have one for each of its turns that did not complete.
    for (let from = 0; from < conversations.length && !this.isStopped; from += AT_ONCE) {
      const batch = conversations.slice(from, from + AT_ONCE);
      const states = await Promise.all(batch.map((each) => this.eraseOne(each)));
      erased.push(...states.map((state, index) => ({ chatflowId: batch[index]?.chatflowId ?? '', state })));
    }
    return erased;
  }

  /** All that are due, a few at a time; never rejects. Each is taken once: what fails becomes due later. */
  async eraseDue(): Promise<void> {
    try {
      for (let taken = AT_ONCE; taken === AT_ONCE && !this.isStopped;) {
        const now = this.clock.now();
        const due = await this.store.takeForgotten(new Date(now), new Date(now + TAKEN_FOR_MS), AT_ONCE);
        await this.erase(due);
        taken = due.length;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Upstream memories of deleted sessions could not be looked for');
    }
  }

  private async eraseOne(conversation: ForgottenConversation): Promise<MemoryState> {
    try {
      const provider = this.providers.get(conversation.provider);
      const state = await provider.forget(conversation, AbortSignal.timeout(WAIT_MS));
      await this.noteErased(conversation);
      return state;
    } catch (error) {
      await this.noteFailure(conversation, error).catch((err: unknown) =>
        this.log.warn({ err }, 'A memory that is to be forgotten stays due'),
      );
      return 'pending';
    }
  }

  /** A run that was going on when its turn ended may remember its answer later than it was made to forget. */
  private async noteErased(conversation: ForgottenConversation): Promise<void> {
    const lastWordAt = (conversation.spentAt?.getTime() ?? -Infinity) + this.config.turns.timeoutMs;
    if (lastWordAt > this.clock.now()) await this.store.postpone(conversation, new Date(lastWordAt));
    else await this.store.remove(conversation);
  }

  private async noteFailure(conversation: ForgottenConversation, error: unknown): Promise<void> {
    const { id, chatflowId, provider, attempts } = conversation;
    const about = { conversation: id, chatflowId, provider, attempts, err: error };
    if (attempts >= MOST_ATTEMPTS) {
      this.log.error(about, 'An upstream was never made to forget a deleted session; it is given up');
      await this.store.remove(conversation);
      return;
    }
    this.log.warn(about, 'An upstream could not be made to forget a deleted session yet');
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
    await this.store.postpone(conversation, new Date(this.clock.now() + pauseMs));
  }
}
