import { EventSource } from 'eventsource';
import { readTurn, type SeenTurn } from './read-turn.js';
import { readSse, type SseFrame } from './sse-reader.js';

/** Longest that a test waits for a stream that should end by itself. */
const PATIENCE_MS = 20_000;
const MAX_CONNECTIONS = 50;

/** What a client has received over all of its connections. */
export interface Resumed extends SeenTurn {
  readonly connections: number;
}

export interface ResumeRequest {
  /** The stream's address, without a query. */
  readonly url: string;
  readonly token: string;
  /** Where it begins; 0 by default. */
  readonly after?: number;
}

/** A client that follows a turn's stream until the end event, however often its connection breaks. */
export type ResumingClient = (request: ResumeRequest) => Promise<Resumed>;

/** fetch with `Last-Event-ID`, as a careful client writes it by hand. */
export const followWithHeader: ResumingClient = (request) =>
  follow(request, (lastId) =>
    fetch(request.url, { headers: { ...bearer(request), 'last-event-id': lastId } }),
  );

/** fetch with `?after=`, for clients that cannot set headers. */
export const followWithQuery: ResumingClient = (request) =>
  follow(request, (lastId) => fetch(`${request.url}?after=${lastId}`, { headers: bearer(request) }));

async function follow(
  { after = 0 }: ResumeRequest,
  connect: (lastId: string) => Promise<Response>,
): Promise<Resumed> {
  const frames: SseFrame[] = [];
  for (let connections = 1; connections <= MAX_CONNECTIONS; connections += 1) {
    try {
      const response = await connect(frames.at(-1)?.id ?? String(after));
      if (response.status === 204) return { ...readTurn(frames), connections };
      if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
      for await (const frame of readSse(response.body as AsyncIterable<Uint8Array>)) frames.push(frame);
      if (readTurn(frames).ended) return { ...readTurn(frames), connections };
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('status')) throw error;
      // The connection broke: the next one goes on behind the last event.
    }
  }
  throw new Error('The stream never ended');
}

/** The real EventSource; it reconnects by itself until the server answers 204. */
export const followWithEventSource: ResumingClient = ({ url, token, after = 0 }) =>
  new Promise((resolve, reject) => {
    const frames: SseFrame[] = [];
    let connections = 0;
    const source = new EventSource(after === 0 ? url : `${url}?after=${after}`, {
      fetch: async (input, init) => {
        connections += 1;
        const response = await fetch(input, { ...init, headers: { ...init.headers, ...bearer({ token }) } });
        return reconnectingSoon(response);
      },
    });
    const timer = setTimeout(() => {
      source.close();
      reject(new Error(`The EventSource never came to its end: ${JSON.stringify(frames)}`));
    }, PATIENCE_MS);
    source.addEventListener('message', ({ data, lastEventId }) => {
      frames.push({ id: lastEventId, data: String(data) });
    });
    source.addEventListener('error', () => {
      if (source.readyState !== source.CLOSED) return;
      clearTimeout(timer);
      resolve({ ...readTurn(frames), connections });
    });
  });

/** An EventSource waits three seconds before it comes back unless the stream says otherwise. */
function reconnectingSoon(response: Response): Response {
  if (response.status !== 200 || response.body === null) return response;
  const soon = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => {
      controller.enqueue(new TextEncoder().encode('retry: 5\n\n'));
    },
  });
  // A broken connection shows in the reader, which is all that an EventSource looks at.
  void response.body.pipeTo(soon.writable).catch(() => undefined);
  const { status, headers, url } = response;
  const copy = new Response(soon.readable, { status, headers });
  Object.defineProperty(copy, 'url', { value: url });
  return copy;
}

function bearer({ token }: Pick<ResumeRequest, 'token'>): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
