import type { Transport } from '../http/transport.js';
import type {
  Message,
  MessagePage,
  MessagePageRequest,
  Page,
  PageRequest,
  Session,
  SessionTurn,
} from './types.js';

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

  /** One page of a branch, oldest first. */
  messages(
    sessionId: string,
    { limit, after, branch }: MessagePageRequest = {},
    signal?: AbortSignal,
  ): Promise<MessagePage> {
    const query = { limit, after, branch };
    return this.transport.json({ path: path(sessionId, '/messages'), query, signal });
  }

  /** All messages of a branch, oldest first, page by page as they are asked for. */
  async *allMessages(sessionId: string, signal?: AbortSignal, branch?: string): AsyncGenerator<Message> {
    for await (const page of this.pages(sessionId, branch, signal)) yield* page.data;
  }

  /** All messages of a branch and the ended turns that left none, as they happened. */
  async *history(
    sessionId: string,
    signal?: AbortSignal,
    branch?: string,
  ): AsyncGenerator<Message | SessionTurn> {
    for await (const { data, turns } of this.pages(sessionId, branch, signal)) {
      const waiting = turns.filter(({ status }) => status !== 'running');
      for (const message of data) {
        while (message.role === 'user' && (waiting[0]?.startedAt ?? '~') < message.createdAt)
          yield waiting.shift()!;
        yield message;
      }
      yield* waiting;
    }
  }

  private async *pages(
    sessionId: string,
    branch: string | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<MessagePage> {
    for (let after: string | undefined; ;) {
      const page = await this.messages(sessionId, { limit: LARGEST_PAGE, after, branch }, signal);
      yield page;
      if (page.next_cursor === null) return;
      after = page.next_cursor;
    }
  }
}
