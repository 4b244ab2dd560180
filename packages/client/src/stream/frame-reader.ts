import { TollgateError } from '../errors.js';
import { SseParser, type SseFrame } from '../sse/sse-parser.js';

/**
 * Reads a response's frames as they come, one read of the network per call of `next`: whoever does not ask for more holds the sender back.
 * Comments count as life.
 * @param eventTimeoutMs longest silence while somebody waits
 * @throws TollgateError `event_timeout` or `connection_failed`; ends normally when the response does
 */
export async function* readFrames(
  response: Response,
  eventTimeoutMs: number,
): AsyncGenerator<readonly SseFrame[]> {
  const { body } = response;
  if (body === null) return;
  const reader = body.getReader();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await readInTime(reader, eventTimeoutMs);
      if (done) return;
      const frames = parse(parser, value);
      if (frames.length > 0) yield frames;
    }
  } finally {
    // Lets go of the connection, whoever ended the reading; one that is broken already has nothing to let go of.
    reader.cancel().catch(() => undefined);
  }
}

type Read =
  { readonly done: true; readonly value?: undefined } | { readonly done: false; readonly value: Uint8Array };

async function readInTime(reader: { read(): Promise<unknown> }, timeoutMs: number): Promise<Read> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new TollgateError('event_timeout', `Nothing came for ${timeoutMs / 1000} seconds.`));
    }, timeoutMs);
  });
  try {
    return (await Promise.race([reader.read(), silence])) as Read;
  } catch (cause) {
    if (cause instanceof TollgateError) throw cause;
    throw new TollgateError('connection_failed', 'The connection was lost.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

function parse(parser: SseParser, bytes: Uint8Array): readonly SseFrame[] {
  try {
    return parser.push(bytes);
  } catch (cause) {
    throw new TollgateError('bad_response', 'The stream cannot be read.', { cause });
  }
}
