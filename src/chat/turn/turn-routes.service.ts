import { Injectable } from '@nestjs/common';
import { ChatflowRegistry } from '../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';
import {
  ProviderRegistry,
  type HistoryEntry,
  type ProviderName,
  type ProviderRequest,
} from '../../upstream/chat-provider.port.js';
import type { UpstreamRoute } from '../../upstream/upstream-caller.port.js';
import type { Conversation } from '../conversations/conversation-store.port.js';
import { SessionMemory, type KnownMemory } from '../conversations/session-memory.service.js';
import { HistoryStore } from '../history/history-store.port.js';
import { FIRST_PLACE, toldUpTo, type SessionPlace } from '../history/session-place.js';
import type { LiveTurn } from './live-turn.js';
import type { StartTurn } from './start-turn.js';
import type { TurnRecord } from './turn.js';

/** More than any model's window holds of usual messages; providers trim to their own budget. */
const MAX_HISTORY_MESSAGES = 100;

/** What a turn's routes are made of. */
export interface RoutesAsked {
  readonly chatflow: Chatflow;
  readonly asked: StartTurn;
  /** What admission has found or made for the chatflow. */
  readonly memory: KnownMemory;
}

/** The ways to a turn's answer: its chatflow's upstream, then that of the chatflow's fallback. */
@Injectable()
export class TurnRoutes {
  constructor(
    private readonly chatflows: ChatflowRegistry,
    private readonly providers: ProviderRegistry,
    private readonly history: HistoryStore,
    private readonly memory: SessionMemory,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Each route is prepared only when it is asked for. The fallback's own access, price and fallback don't matter: the turn is one of the first
   * chatflow.
   */
  async *of(turn: LiveTurn, { chatflow, asked, memory }: RoutesAsked): AsyncGenerator<UpstreamRoute> {
    yield await this.route(turn, chatflow, asked, memory);
    const fallback = await this.fallbackOf(turn.record, chatflow);
    if (fallback !== undefined) yield await this.route(turn, fallback, asked);
  }

  private async route(
    { record, memories }: LiveTurn,
    chatflow: Chatflow,
    asked: StartTurn,
    known?: KnownMemory,
  ): Promise<UpstreamRoute> {
    const { provider, upstream, inputWaitSeconds } = chatflow;
    const place = record.sessionPlace ?? FIRST_PLACE;
    const conversation = await this.memory.of(record, chatflow, place, known);
    memories.asked(conversation);
    const request: ProviderRequest = {
      turnId: record.id,
      userId: record.userId,
      chatflowId: chatflow.id,
      target: upstream,
      question: asked.question,
      history: asked.history ?? (await this.untold(record, provider, place, conversation)),
      ...(conversation === undefined ? {} : { conversation: this.memory.forProvider(record, conversation) }),
      ...(asked.overrideConfig === undefined ? {} : { overrideConfig: asked.overrideConfig }),
      ...(asked.uploads === undefined ? {} : { uploads: asked.uploads }),
      ...(inputWaitSeconds === undefined ? {} : { inputWaitMs: inputWaitSeconds * 1000 }),
    };
    return { provider, request };
  }

  /** What the upstream has to be told of the session, because it has not heard it itself. */
  private async untold(
    { userId, sessionId }: TurnRecord,
    provider: ProviderName,
    place: SessionPlace,
    conversation: Conversation | undefined,
  ): Promise<readonly HistoryEntry[]> {
    const { memory } = this.providers.get(provider);
    const upTo = memory === 'told' ? toldUpTo(place) : untoldUpTo(place, conversation);
    if (memory === 'none' || upTo === 0) return [];
    const messages = await this.history.recentMessages(userId, sessionId, MAX_HISTORY_MESSAGES, upTo);
    return messages.map(({ role, content }) => ({ role, content }));
  }

  private async fallbackOf(turn: TurnRecord, { fallback }: Chatflow): Promise<Chatflow | undefined> {
    if (fallback === undefined) return undefined;
    try {
      return await this.chatflows.find(fallback);
    } catch (error) {
      // The turn then fails with what its own upstream has failed with, which is the reason.
      this.log.warn(
        { turnId: turn.id, fallback, err: error },
        'The fallback of a chatflow could not be read',
      );
      return undefined;
    }
  }
}

function untoldUpTo(place: SessionPlace, conversation: Conversation | undefined): number {
  return Math.min(conversation?.rememberedFrom ?? 0, toldUpTo(place));
}
