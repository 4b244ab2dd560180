import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { redact } from '../redact.js';
import { asText, isObject, isPresent, type JsonObject } from '../../platform/json/json-object.js';

/** Members that hold what is said. */
const CONTENT: ReadonlySet<string> = new Set([
  'content',
  'text',
  'answer',
  'context',
  'contexts',
  'reasoning',
  'reasoning_content',
  'thinking',
  'arguments',
  'refusal',
]);

/** Members by which servers tell that something went wrong, in whatever they send instead of an answer. */
const TELLING = ['error', 'errors', 'detail', 'exception', 'fault'] as const;

/**
 * Whether a value tells of a failure, also one that looks like an answer otherwise. Servers agree on nothing here: `error` is an object or a
 * text, `detail` a text or a list, `object` or `type` say that it is one, a status stands beside it or inside another member.
 */
export function tellsOfFailure(value: JsonObject): boolean {
  if (TELLING.some((name) => isTelling(value[name]))) return true;
  if (value.object === 'error' || value.type === 'error' || value.success === false) return true;
  if (asText(value.message) !== undefined && value.message !== '') return true;
  return Number(value.status ?? value.status_code) >= 400 || Number(value.code) >= 400;
}

function isTelling(value: unknown): boolean {
  return isPresent(value) && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The failure that is all that an upstream has sent, in a shape that nobody has promised. */
export function toUnknownFailure(upstream: string, sent: unknown): AppError {
  if (!isObject(sent)) return toToldFailure(upstream, typeof sent === 'string' ? sent : withoutContent(sent));
  const inner = TELLING.map((name) => sent[name]).find(isPresent);
  if (isObject(inner)) return toToldFailure(upstream, { ...inner, words: withoutContent(sent) });
  return toToldFailure(upstream, {
    ...sent,
    code: sent.code ?? sent.status_code ?? sent.status,
    words: withoutContent(sent),
  });
}

/** For the log, which has no answers in it: what was not understood may be most of one. */
function withoutContent(sent: unknown): string {
  return JSON.stringify(sent, (name, value: unknown) => (CONTENT.has(name) ? '…' : value)) ?? '';
}

/**
 * The failure that an upstream tells of inside an answer. Its words are for the log: they name models, accounts and keys.
 * @param upstream its name, for the log
 * @param told an object with `type`, `code`, `status`, `message` or `words`, or only words
 */
export function toToldFailure(upstream: string, told: unknown): AppError {
  const error = isObject(told) ? told : { message: told };
  const words = [error.type, error.code, error.message, error.words]
    .map((part) => asText(part) ?? '')
    .join(' ');
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
