import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import { redact } from '../redact.js';
import { asText, isObject } from '../json/json-object.js';

/**
 * The failure that an upstream tells of inside an answer. Its words are for the log: they name models, accounts and keys.
 * @param upstream its name, for the log
 * @param told an object with `type`, `code`, `status` or `message`, or only words
 */
export function toToldFailure(upstream: string, told: unknown): AppError {
  const error = isObject(told) ? told : { message: told };
  const words = [error.type, error.code, error.message].map((part) => asText(part) ?? '').join(' ');
  const cause = new Error(`${upstream}: ${redact(words)}`);
  const status = Number(error.code ?? error.status);
  if (status === 429 || /rate.?limit|quota|too many requests/i.test(words)) {
    return errors.upstreamUnavailable('The upstream has reached its rate limit.', cause);
  }
  if (status === 503 || /overloaded|unavailable|capacity/i.test(words)) {
    return errors.upstreamUnavailable('The upstream is not available.', cause);
  }
  if (/context.?length|maximum context|too many tokens/i.test(words)) {
    return final('The conversation is too long for the upstream.', cause);
  }
  if (status === 401 || status === 403 || /api.?key|unauthori[sz]ed|permission/i.test(words)) {
    return final('The upstream refused our access.', cause);
  }
  return errors.upstreamFailed(undefined, cause);
}

/** Nothing would change if it were tried again. */
function final(text: string, cause: unknown): AppError {
  return new AppError('upstream_failed', text, { kind: 'operational', retryable: false, cause });
}
