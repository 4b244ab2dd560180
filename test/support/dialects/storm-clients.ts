import { member, seen, type ClientSetup, type DialectClient } from './dialect-client.js';

interface StormEvent {
  readonly status: 'success' | 'error';
  readonly data?: {
    readonly message?: { readonly content: string };
    readonly is_final_event?: boolean;
    readonly chat?: { readonly answer: string };
  };
  readonly message?: string;
}

/** None of its readers has anything for them. */
const CANNOT = {
  stop: 'it reads to the end; whoever leaves ends the program',
  files: 'the format has no place for them',
  resume: 'it asks anew',
};

function post(
  { url, token }: ClientSetup,
  path: string,
  question: string,
  threadId?: string,
): Promise<Response> {
  return fetch(`${url}/api/v2/answer${path}`, {
    method: 'POST',
    // A key of ours, or an access token where a test has only that.
    headers: {
      'content-type': 'application/json',
      ...(token.startsWith('tg_') ? { 'storm-api-key': token } : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ question, bucketIds: [], ...member('threadId', threadId) }),
  });
}

/** Lines as they come, as `iter_lines` gives them; throws when the connection breaks. */
async function* linesOf(setup: ClientSetup, question: string, threadId?: string): AsyncGenerator<string> {
  const response = await post(setup, '/stream', question, threadId);
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  if (response.body === null) throw new Error('There is no body.');
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Its most careful reader, line by line: an end without the final event is a failure. */
export const stormRobust: DialectClient = {
  name: 'Storm client, /api/v2/answer/stream, robust_stream_chat',
  streams: true,
  cannot: CANNOT,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      for await (const line of linesOf(setup, question, asking.session)) {
        if (!line.startsWith('data: ')) continue;
        const { status, data, message } = JSON.parse(line.slice('data: '.length)) as StormEvent;
        if (status === 'error') throw new Error(`Stream error: ${message}`);
        if (data?.message !== undefined) say(data.message.content);
        if (data?.is_final_event === true) return;
      }
      throw new Error('Stream ended unexpectedly');
    }, asking),
};

/** The two others, line by line: what is no success is passed over, and whatever ends properly is an answer. */
export const stormStream: DialectClient = {
  name: 'Storm client, /api/v2/answer/stream, stream_chat',
  streams: true,
  cannot: CANNOT,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      for await (const line of linesOf(setup, question, asking.session)) {
        if (!line.startsWith('data: ')) continue;
        const { status, data } = JSON.parse(line.slice('data: '.length)) as StormEvent;
        if (status !== 'success') continue;
        if (data?.message !== undefined) say(data.message.content);
        if (data?.is_final_event === true) break;
      }
    }, asking),
};

export const stormAnswer: DialectClient = {
  name: 'Storm client, /api/v2/answer',
  streams: false,
  cannot: CANNOT,
  ask: (setup, question, asking = {}) =>
    seen(async (say) => {
      const response = await post(setup, '', question, asking.session);
      if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      const { data } = (await response.json()) as StormEvent;
      say(data?.chat?.answer ?? '');
    }, asking),
};
