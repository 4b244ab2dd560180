import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long, and how much, a client may go on sending a body that was refused. */
export const LINGER_MS = 5000;
export const LINGER_BYTES = 16 * 1024 * 1024;

/**
 * Makes the answer to a request whose body is not wanted reach its client, and then closes the connection. The answer goes out at once and whole; what the
 * client still sends is thrown away for a while. Closing at once would reset the connection, and a client that is still sending would see
 * the reset instead of the answer.
 */
export function lingerAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  const end = response.end.bind(response) as () => ServerResponse;
  response.end = ((body?: string | Buffer) => {
    response.end = end as typeof response.end;
    const bytes = Buffer.from(body ?? '');
    if (!response.headersSent) {
      response.setHeader('Connection', 'close');
      if (response.statusCode !== 204) response.setHeader('Content-Length', bytes.length);
    }
    response.write(bytes);
    discard(request, end);
    return response;
  }) as typeof response.end;
}

function discard(request: IncomingMessage, onDone: () => void): void {
  let bytes = 0;
  const done = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', done).off('close', done).off('error', done);
    onDone();
  };
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) done();
  };
  const timer = setTimeout(done, LINGER_MS);
  if (request.complete || request.destroyed) {
    done();
    return;
  }
  request.on('data', onData).on('end', done).on('close', done).on('error', done).resume();
}
