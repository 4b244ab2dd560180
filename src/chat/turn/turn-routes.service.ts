import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ChatflowRegistry } from '../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';
import {
  ProviderRegistry,
  type HistoryEntry,
  type ProviderRequest,
  type UpstreamConversation,
} from '../../upstream/chat-provider.port.js';
import type { UpstreamRoute } from '../../upstream/upstream-caller.port.js';
import { HistoryStore } from '../history/history-store.port.js';
import type { StartTurn } from './start-turn.js';
import type { TurnRecord } from './turn.js';

/** More than any model's window holds of usual messages; providers trim to their own budget. */
const MAX_HISTORY_MESSAGES = 100;

/** One for each turn and route: nothing that an upstream remembers is gone on in, so the history goes along. */
const newConversation = (): UpstreamConversation => ({ id: randomUUID(), named: () => Promise.resolve() });

/** The ways to a turn's answer: its chatflow's upstream, then that of the chatflow's fallback. */
@Injectable()
export class TurnRoutes {
  constructor(
    private readonly chatflows: ChatflowRegistry,
    private readonly providers: ProviderRegistry,
    private readonly history: HistoryStore,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Each route is prepared only when it is asked for. The fallback's own access, price and fallback don't matter: the turn is one of the first
   * chatflow.
   */
  async *of(turn: TurnRecord, chatflow: Chatflow, asked: StartTurn): AsyncGenerator<UpstreamRoute> {
    yield await this.route(turn, chatflow, asked);
    const fallback = await this.fallbackOf(turn, chatflow);
    if (fallback !== undefined) yield await this.route(turn, fallback, asked);
  }

  private async route(turn: TurnRecord, chatflow: Chatflow, asked: StartTurn): Promise<UpstreamRoute> {
    const { provider, upstream, inputWaitSeconds } = chatflow;
    const { memory } = this.providers.get(provider);
    const request: ProviderRequest = {
      turnId: turn.id,
      userId: turn.userId,
      chatflowId: chatflow.id,
      target: upstream,
      question: asked.question,
      history: asked.history ?? (memory === 'none' ? [] : await this.stored(asked.sessionId)),
      ...(memory === 'kept' ? { conversation: newConversation() } : {}),
      ...(asked.overrideConfig === undefined ? {} : { overrideConfig: asked.overrideConfig }),
      ...(asked.uploads === undefined ? {} : { uploads: asked.uploads }),
      ...(inputWaitSeconds === undefined ? {} : { inputWaitMs: inputWaitSeconds * 1000 }),
    };
    return { provider, request };
  }

  /** @param sessionId absent: the turn has opened the session */
  private async stored(sessionId: string | undefined): Promise<readonly HistoryEntry[]> {
    if (sessionId === undefined) return [];
    const messages = await this.history.recentMessages(sessionId, MAX_HISTORY_MESSAGES);
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
