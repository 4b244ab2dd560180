import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CODES } from '../../contract/error-codes.js';
import type { AppError } from '../errors/app.error.js';
import { errors } from '../errors/errors.js';
import { PROBLEM_CONTENT_TYPE, toProblem } from '../errors/problem.js';
import { newId } from '../ids.js';
import { toJson } from '../json/to-json.js';
import type { StructuredLog } from '../logging/structured-log.port.js';

/** What Node keeps on a socket while it answers a request of it. */
type AnsweringSocket = Duplex & { readonly _httpMessage?: ServerResponse<IncomingMessage> | null };

/**
 * Answers what Node's parser refuses (no HTTP, headers too large, a request that does not arrive in time) with a problem document, as long as nothing
 * else was answered, and closes the connection.
 */
export function answerParserErrors(server: Server, log: StructuredLog): void {
  server.on('clientError', (failure: NodeJS.ErrnoException, socket: AnsweringSocket) => {
    // A reset leaves nobody to answer.
    if (failure.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent === true) {
      socket.destroy();
      return;
    }
    const error = refusalOf(failure);
    const errorId = newId();
    log.info({ errorId, code: error.code, parser: failure.code }, error.publicMessage);
    socket.end(answerOf(error, errorId), () => socket.destroy());
  });
}

function refusalOf({ code }: NodeJS.ErrnoException): AppError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return errors.headersTooLarge();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return errors.requestTimeout();
    default:
      return errors.validation([], 'The request is not valid HTTP.');
  }
}

function answerOf(error: AppError, errorId: string): string {
  const { status } = ERROR_CODES[error.code];
  // Which path it was may never have been read.
  const body = toJson(toProblem(error, { errorId, instance: '/' }));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${PROBLEM_CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
