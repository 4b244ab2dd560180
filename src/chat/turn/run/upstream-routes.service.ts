import { Injectable } from '@nestjs/common';
import { ChatflowRegistry } from '../../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import {
  ProviderRegistry,
  type HistoryEntry,
  type ProviderRequest,
} from '../../../upstream/chat-provider.port.js';
import type { ProviderName } from '../../../contract/provider.js';
import type { UpstreamRoute } from '../../../upstream/upstream-caller.port.js';
import { ClientCalls } from '../../conversations/client-calls.service.js';
import { ClientInput, type AcceptedInput } from '../../client-input/client-input.service.js';
import type { Conversation } from '../../records/conversation.store.port.js';
import { SessionMemory, type KnownMemory } from '../../conversations/session-memory.service.js';
import { HistoryStore } from '../../records/history.store.port.js';
import { upTo } from '../../records/branch-path.js';
import { FIRST_PLACE, type SessionPlace } from '../../records/session-place.js';
import type { LiveTurn } from './live-turn.js';
import type { TurnRequest } from '../../records/turn-request.js';
import type { TurnRecord } from '../../records/turn.js';

/** More than any model's window holds of usual messages; providers trim to their own budget. */
const MAX_HISTORY_MESSAGES = 100;

/** What a turn's routes are made of. */
export interface RoutesAsked {
  readonly chatflow: Chatflow;
  readonly asked: TurnRequest;
  /** What of it the chatflow's upstream may get. */
  readonly input: AcceptedInput;
  /** What admission has found or made for the chatflow. */
  readonly memory: KnownMemory;
}

/** The ways to a turn's answer: its chatflow's upstream, then that of the chatflow's fallback. */
@Injectable()
export class UpstreamRoutes {
  constructor(
    private readonly chatflows: ChatflowRegistry,
    private readonly providers: ProviderRegistry,
    private readonly clientInput: ClientInput,
    private readonly clientCalls: ClientCalls,
    private readonly history: HistoryStore,
    private readonly memory: SessionMemory,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Each route is prepared only when it is asked for. The fallback's own access, price and fallback don't matter: the turn is one of the first
   * chatflow.
   */
  async *of(turn: LiveTurn, plan: RoutesAsked): AsyncGenerator<UpstreamRoute> {
    yield await this.route(turn, plan.chatflow, plan.asked, plan.input, plan.memory);
    // A question is answered where it was asked.
    if (turn.answers !== undefined) return;
    const fallback = await this.fallbackOf(turn.record, plan.chatflow);
    const input = fallback && this.inputFor(turn.record, fallback, plan.asked);
    if (fallback !== undefined && input !== undefined)
      yield await this.route(turn, fallback, plan.asked, input);
  }

  /** A fallback that may not get all that was asked would give another answer than was asked for. */
  private inputFor(turn: TurnRecord, fallback: Chatflow, asked: TurnRequest): AcceptedInput | undefined {
    try {
      return this.clientInput.accept(fallback, asked);
    } catch (error) {
      this.log.info(
        { turnId: turn.id, fallback: fallback.id, err: error },
        'The fallback of a chatflow does not take what was asked',
      );
      return undefined;
    }
  }

  private async route(
    { record, memories, answers: question }: LiveTurn,
    chatflow: Chatflow,
    asked: TurnRequest,
    { history, overrideConfig, uploads, options, toolResults }: AcceptedInput,
    known?: KnownMemory,
  ): Promise<UpstreamRoute> {
    const { provider, upstream, inputWaitSeconds } = chatflow;
    const { unrecordedTrace } = asked.principal.connection ?? {};
    const place = record.sessionPlace ?? FIRST_PLACE;
    const conversation = await this.memory.of(record, chatflow, place, known);
    memories.asked(conversation);
    const request: ProviderRequest = {
      turnId: record.id,
      userId: record.userId,
      chatflowId: chatflow.id,
      target: upstream,
      question: asked.question,
      history:
        history ?? (await this.untoldOf(record, provider, place, conversation, toolResults !== undefined)),
      ...(conversation === undefined ? {} : { conversation: this.memory.forProvider(record, conversation) }),
      ...(overrideConfig === undefined ? {} : { overrideConfig }),
      ...(uploads === undefined ? {} : { uploads }),
      ...(options === undefined ? {} : { options }),
      ...(toolResults === undefined ? {} : { toolResults }),
      ...(question === undefined || asked.humanInput === undefined
        ? {}
        : { answers: { ...asked.humanInput, question } }),
      ...(inputWaitSeconds === undefined ? {} : { inputWaitMs: inputWaitSeconds * 1000 }),
      ...(unrecordedTrace === undefined ? {} : { unrecordedTrace }),
    };
    return { provider, request };
  }

  /** A model that gets what came of its tools must be told that it has called them. */
  private async untoldOf(
    record: TurnRecord,
    provider: ProviderName,
    place: SessionPlace,
    conversation: Conversation | undefined,
    isGoingOn: boolean,
  ): Promise<readonly HistoryEntry[]> {
    const told = await this.untold(record, provider, place, conversation);
    const last = told.at(-1);
    if (!isGoingOn || last?.role !== 'assistant' || place.parentId === null) return told;
    const toolCalls = await this.clientCalls.of(record.userId, place.parentId);
    return toolCalls.length === 0 ? told : [...told.slice(0, -1), { ...last, toolCalls }];
  }

  /** What the upstream has to be told of the session, because it has not heard it itself. */
  private async untold(
    { userId, sessionId }: TurnRecord,
    provider: ProviderName,
    place: SessionPlace,
    conversation: Conversation | undefined,
  ): Promise<readonly HistoryEntry[]> {
    const { memory } = this.providers.get(provider);
    if (memory === 'none') return [];
    const path = place.branches?.pathTo(place.after) ?? [];
    const untold = memory === 'told' ? path : upTo(path, (conversation?.rememberedFrom ?? 0) - 1);
    if (untold.length === 0) return [];
    const messages = await this.history.recentMessages(userId, sessionId, MAX_HISTORY_MESSAGES, untold);
    return messages.map(({ role, content }) => ({ role, content }));
  }

  private async fallbackOf(turn: TurnRecord, { fallback }: Chatflow): Promise<Chatflow | undefined> {
    if (fallback === undefined) return undefined;
    try {
      const found = await this.chatflows.find(fallback);
      return found?.disabled === true ? undefined : found;
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
