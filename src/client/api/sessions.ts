import type { Transport } from '../http/transport.js';
import type { Message, Page, PageRequest, Session } from './types.js';

const LARGEST_PAGE = 100;
const path = (sessionId: string, rest = ''): string => `/sessions/${encodeURIComponent(sessionId)}${rest}`;

/** Your sessions and their messages. All methods throw TollgateError. */
export class SessionsApi {
  constructor(private readonly transport: Transport) {}

  /** Newest first. */
  list({ limit, after }: PageRequest = {}, signal?: AbortSignal): Promise<Page<Session>> {
    return this.transport.json({ path: '/sessions', query: { limit, after }, signal });
  }

  get(sessionId: string, signal?: AbortSignal): Promise<Session> {
    return this.transport.json({ path: path(sessionId), signal });
  }

  rename(sessionId: string, topic: string): Promise<Session> {
    return this.transport.json({ method: 'PATCH', path: path(sessionId), body: { topic }, repeatable: true });
  }

  /** Charges and transactions stay. */
  async delete(sessionId: string): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: path(sessionId) });
  }

  /** One page of messages, oldest first. */
  messages(
    sessionId: string,
    { limit, after }: PageRequest = {},
    signal?: AbortSignal,
  ): Promise<Page<Message>> {
    return this.transport.json({ path: path(sessionId, '/messages'), query: { limit, after }, signal });
  }

  /** All messages, oldest first, page by page as they are asked for. */
  async *allMessages(sessionId: string, signal?: AbortSignal): AsyncGenerator<Message> {
    for (let after: string | undefined; ;) {
      const page = await this.messages(sessionId, { limit: LARGEST_PAGE, after }, signal);
      yield* page.data;
      if (page.next_cursor === null) return;
      after = page.next_cursor;
    }
  }
}
