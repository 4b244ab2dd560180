import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import type { CallReach } from '../chat-provider.port.js';
import { redact } from '../redact.js';
import { BodyDecoder } from './body.decoder.js';
import { HttpStatusError } from './http-status.error.js';
import type { StreamDecoder } from './stream-decoder.port.js';

const MAX_ERROR_BODY_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_SECONDS = 3600;

/** Reads the body of an HTTP error for the log, in bounds; the client never sees it. */
export function createHttpErrorDecoder(status: number, headers: IncomingHttpHeaders): StreamDecoder {
  const fail = (body: string) => toHttpFailure(status, headers, body);
  return new BodyDecoder({
    maxBytes: MAX_ERROR_BODY_BYTES,
    read: (text) => ({ events: [], outcome: fail(text) }),
    onSilence: fail,
  });
}

/** What the status of an upstream's answer means; `body` goes into the cause only. */
export function toHttpFailure(status: number, headers: IncomingHttpHeaders, body: string): AppError {
  const cause = new HttpStatusError(status, redact(body));
  if (status === 401 || status === 403) {
    return notRetryable('The upstream refused our access.', cause);
  }
  if (status === 429 || status === 503) {
    const retryAfter = readRetryAfter(headers['retry-after']);
    const text =
      status === 429 ? 'The upstream has reached its rate limit.' : 'The upstream is not available.';
    return errors.upstreamUnavailable(text, cause, retryAfter);
  }
  if (status >= 500) return errors.upstreamFailed(undefined, cause);
  if (status === 404) return notRetryable('The upstream does not know this flow.', cause);
  if (status === 413) return notRetryable('The request is too large for the upstream.', cause);
  return notRetryable('The upstream did not accept the request.', cause);
}

/** Whether something may have been begun behind an HTTP error: not when the request was sent back, or there was no room for it. */
export function reachOf(status: number): CallReach {
  return status < 500 || status === 503 ? 'refused' : 'unknown';
}

function notRetryable(text: string, cause: unknown): AppError {
  return new AppError('upstream_failed', text, { kind: 'operational', retryable: false, cause });
}

/** Seconds or an HTTP date; `undefined` when it is neither. */
function readRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value.trim())
    ? Number(value)
    : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS) : undefined;
}
