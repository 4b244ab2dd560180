import { Injectable } from '@nestjs/common';
import type { ClientToolCall } from '../../upstream/chat-provider.port.js';
import { HistoryStore } from '../records/history.store.port.js';
import type { StoredEvent } from '../records/stored-answer.js';
import { notCalled, type BroughtInput } from '../client-input/client-input.service.js';

/** The tools that a model has wanted its client to run, as the session knows them. */
@Injectable()
export class ClientCalls {
  constructor(private readonly history: HistoryStore) {}

  /** The calls with which an answer has ended; none for other messages. */
  async of(userId: string, messageId: string): Promise<readonly ClientToolCall[]> {
    const message = await this.history.findMessage(userId, messageId);
    return (message?.events ?? []).flatMap(toClientCall);
  }

  /**
   * Makes sure that results which come without their conversation go on with the last answer of the session.
   * @throws AppError `validation_failed`
   */
  async assertCalled(
    { toolResults, history }: BroughtInput,
    userId: string,
    sessionId: string | undefined,
  ): Promise<void> {
    if (toolResults === undefined || history !== undefined) return;
    const calls = sessionId === undefined ? [] : await this.lastOf(userId, sessionId);
    const called = new Set(calls.map(({ id }) => id));
    if (!toolResults.results.every(({ toolCallId }) => called.has(toolCallId))) throw notCalled(toolResults);
  }

  private async lastOf(userId: string, sessionId: string): Promise<readonly ClientToolCall[]> {
    const last = await this.history.lastMessage(userId, sessionId);
    return last === undefined ? [] : this.of(userId, last.id);
  }
}

function toClientCall(event: StoredEvent): ClientToolCall[] {
  if (event.type !== 'tool-call' || event.clientArguments === undefined) return [];
  return [{ id: event.toolCallId, name: event.toolName, arguments: event.clientArguments }];
}
