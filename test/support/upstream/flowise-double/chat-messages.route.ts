import type { ServerResponse } from 'node:http';
import type { MessageFilter } from './chat-messages.js';
import type { FlowRunner } from './flow-runner.js';
import { sendError, sendJson } from './json-answers.js';

/** `GET` and `DELETE /api/v1/chatmessage/{flowId}`, and `PUT /api/v1/chatmessage/abort/{flowId}/{chatId}`. */
export class ChatMessagesRoute {
  constructor(private readonly runner: FlowRunner) {}

  list(flowId: string, isKnown: boolean, query: URLSearchParams, response: ServerResponse): void {
    if (!isKnown) {
      const message = 'Error: chatMessagesService.getAllChatMessages - Unauthorized access';
      sendError(response, 500, message);
      return;
    }
    const rows = this.runner.messages.list(flowId, filterOf(query));
    sendJson(response, 200, query.get('order') === 'DESC' ? rows.toReversed() : rows);
  }

  /** A run that goes on meanwhile is remembered all the same. @returns how many messages it deleted */
  remove(flowId: string, isKnown: boolean, query: URLSearchParams, response: ServerResponse): number {
    if (!isKnown) {
      response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' }).end('Chatflow not found');
      return 0;
    }
    const filter = filterOf(query);
    const rows = this.runner.messages.remove(flowId, filter);
    // Flowise keeps executions when it is told to delete by chat id.
    if (filter.chatId === undefined) {
      this.runner.executions.remove(new Set(rows.map(({ executionId }) => executionId)));
    }
    sendJson(response, 200, { raw: [], affected: rows.length });
    return rows.length;
  }

  /** Says that it stopped whatever it was asked to stop. */
  abort(flowId: string, chatId: string, response: ServerResponse): void {
    this.runner.aborts.abort(flowId, chatId);
    sendJson(response, 200, { status: 200, message: 'Chat message aborted' });
  }
}

export function filterOf(query: URLSearchParams): MessageFilter {
  const sessionId = query.get('sessionId') ?? undefined;
  const chatId = query.get('chatId') ?? undefined;
  return { ...(sessionId !== undefined && { sessionId }), ...(chatId !== undefined && { chatId }) };
}
