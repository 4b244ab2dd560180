import type { Transport } from '../http/transport.js';
import type {
  Feedback,
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
const feedbackPath = (sessionId: string, messageId: string): string =>
  path(sessionId, `/messages/${encodeURIComponent(messageId)}/feedback`);

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

  /** The session with all its messages, as a JSON file. */
  async export(sessionId: string, signal?: AbortSignal): Promise<Blob> {
    const response = await this.transport.send({ path: path(sessionId, '/export'), signal });
    return response.blob();
  }

  /** Says what you think of an answer, in place of what you said before. */
  rate(
    sessionId: string,
    messageId: string,
    { rating, comment, tags }: Omit<Feedback, 'updatedAt'>,
  ): Promise<Feedback> {
    const body = { rating, comment, tags };
    return this.transport.json({
      method: 'PUT',
      path: feedbackPath(sessionId, messageId),
      body,
      repeatable: true,
    });
  }

  /** Takes back what you said of it. */
  async unrate(sessionId: string, messageId: string): Promise<void> {
    await this.transport.json({
      method: 'DELETE',
      path: feedbackPath(sessionId, messageId),
      repeatable: true,
    });
  }

  /** Charges and transactions stay. */
  async delete(sessionId: string): Promise<void> {
    await this.transport.json({ method: 'DELETE', path: path(sessionId) });
  }

  /** One page of messages, oldest first. @param request `branch`: id of a message; the current branch by default */
  messages(
    sessionId: string,
    { limit, after, branch }: MessagePageRequest = {},
    signal?: AbortSignal,
  ): Promise<MessagePage> {
    const query = { limit, after, branch };
    return this.transport.json({ path: path(sessionId, '/messages'), query, signal });
  }

  /** All messages, oldest first, page by page as they are asked for. */
  async *allMessages(sessionId: string, signal?: AbortSignal, branch?: string): AsyncGenerator<Message> {
    for await (const page of this.pages(sessionId, signal, branch)) yield* page.data;
  }

  /** All messages and the ended turns that left none, as they happened. */
  async *history(
    sessionId: string,
    signal?: AbortSignal,
    branch?: string,
  ): AsyncGenerator<Message | SessionTurn> {
    for await (const { data, turns } of this.pages(sessionId, signal, branch)) {
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
    signal: AbortSignal | undefined,
    branch: string | undefined,
  ): AsyncGenerator<MessagePage> {
    for (let after: string | undefined; ;) {
      const page = await this.messages(sessionId, { limit: LARGEST_PAGE, after, branch }, signal);
      yield page;
      if (page.next_cursor === null) return;
      after = page.next_cursor;
    }
  }
}
