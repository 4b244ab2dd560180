import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { ProviderRegistry, type UpstreamConversation } from '../../upstream/chat-provider.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { isFork, type SessionPlace } from '../records/session-place.js';
import type { TurnRecord } from '../records/turn.js';
import { ConversationStore, type Conversation } from '../records/conversation.store.port.js';

/** What is known of a session's memory; nothing in it: there is none. */
export interface KnownMemory {
  readonly conversation?: Conversation;
}

type Asking = Pick<TurnRecord, 'id' | 'userId' | 'sessionId'>;

/** The memories that upstreams keep of sessions: which one a turn goes on with. */
@Injectable()
export class SessionMemory {
  constructor(
    private readonly store: ConversationStore,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /**
   * A memory of its own for a session that has none, not stored yet.
   * @param rememberedFrom position of the first message that the upstream will hear itself
   * @returns undefined for an upstream that keeps none
   */
  begin(turn: Asking, chatflow: Chatflow, rememberedFrom = 0): Conversation | undefined {
    const { id: chatflowId, provider, upstream } = chatflow;
    if (this.providers.get(provider).memory !== 'kept') return undefined;
    const { flowId, baseUrl } = upstream;
    return {
      id: newId(),
      userId: turn.userId,
      sessionId: turn.sessionId,
      chatflowId,
      provider,
      target: {
        ...(flowId === undefined ? {} : { flowId }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
      },
      rememberedFrom,
      createdAt: new Date(this.clock.now()),
    };
  }

  /** The memory that the session has for the chatflow. */
  async find({ userId, sessionId }: Asking, { id, provider }: Chatflow): Promise<KnownMemory> {
    if (this.providers.get(provider).memory !== 'kept') return {};
    const conversation = await this.store.findCurrent(userId, sessionId, id);
    return conversation === undefined ? {} : { conversation };
  }

  /**
   * The memory that a turn goes on with, stored; a new one when there is none, or the turn goes on with another branch than it holds.
   * @param known what `find` has found, or `begin` has made and its caller stored
   */
  async of(
    turn: Asking,
    chatflow: Chatflow,
    place: SessionPlace,
    known?: KnownMemory,
  ): Promise<Conversation | undefined> {
    const fresh = this.begin(turn, chatflow, place.position);
    if (fresh === undefined) return undefined;
    const { userId, sessionId } = turn;
    const { conversation: current } = known ?? (await this.find(turn, chatflow));
    if (current !== undefined) {
      if (!isFork(place) && isSameMemory(current, fresh)) return current;
      // It is spent before another one is gone on with: two of a chatflow must never be current.
      await this.store.spend({ userId, sessionId }, fresh.createdAt);
    }
    await this.store.insert(fresh);
    return fresh;
  }

  /** As a provider gets to see it. */
  forProvider(turn: Asking, conversation: Conversation): UpstreamConversation {
    const { id, upstreamId } = conversation;
    return {
      id,
      ...(upstreamId === undefined ? {} : { upstreamId }),
      named: async (name) => {
        try {
          await this.store.name(conversation, name);
        } catch (error) {
          // The answer is good; only the next turn will not know about this one.
          const { id: turnId, sessionId } = turn;
          this.log.warn(
            { turnId, sessionId, err: error },
            'What an upstream calls a session could not be kept',
          );
        }
      },
    };
  }
}

/** Whether it lies where the chatflow's upstream is now. */
function isSameMemory(a: Conversation, b: Conversation): boolean {
  return (
    a.provider === b.provider && a.target.flowId === b.target.flowId && a.target.baseUrl === b.target.baseUrl
  );
}
