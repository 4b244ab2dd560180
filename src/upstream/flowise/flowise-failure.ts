import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { redact } from '../redact.js';

/**
 * What Flowise's own words give away about the reason. Its words never reach a client: they hold node names, URLs
 * and now and then keys.
 */
const REASONS = [
  { pattern: /\b429\b|rate.?limit|quota/i, text: "The upstream's model has reached its rate limit." },
  {
    pattern: /\b40[13]\b|unauthori[sz]ed|forbidden|api.?key|credential/i,
    text: 'The upstream refused our access, or its model refused the access of the upstream.',
    retryable: false,
  },
  {
    pattern: /context.?length|maximum context|too many tokens/i,
    text: 'The question is too long for the upstream.',
    retryable: false,
  },
  { pattern: /not found/i, text: 'The upstream does not know this flow.', retryable: false },
  { pattern: /time.?d?.?out/i, text: 'A part of the upstream took too long to answer.' },
] as const;

/** The failure that Flowise tells of in an `error` event or in the body of an HTTP error. */
export function toFlowiseFailure(told: unknown): AppError {
  const text = typeof told === 'string' ? told : (JSON.stringify(told) ?? 'no text');
  const cause = new Error(`Flowise: ${redact(text)}`);
  const reason = REASONS.find(({ pattern }) => pattern.test(text));
  if (reason === undefined) return errors.upstreamFailed(undefined, cause);
  if (!('retryable' in reason)) return errors.upstreamFailed(reason.text, cause);
  return new AppError('upstream_failed', reason.text, { kind: 'operational', retryable: false, cause });
}
