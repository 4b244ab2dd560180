import { TollgateError, type ProblemDetails, type TollgateErrorCode } from '@tollgate/client';
import type { Texts } from './en.js';

/** Texts that say one thing. */
type Sentence = { [Name in keyof Texts]: Texts[Name] extends string ? Name : never }[keyof Texts];

/** What the page says in its own words; everything else the server says in English. */
const OWN: Readonly<Partial<Record<TollgateErrorCode, Sentence>>> = {
  connection_failed: 'outOfReach',
  event_timeout: 'outOfReach',
  rate_limited: 'tooManyRequests',
  overloaded: 'overloaded',
  upstream_failed: 'upstreamFailed',
  upstream_unavailable: 'upstreamFailed',
  upstream_timeout: 'upstreamTimeout',
  turn_interrupted: 'interrupted',
  unauthenticated: 'signInEnded',
  account_disabled: 'accountDisabled',
  chatflow_disabled: 'chatflowDisabled',
  access_revoked: 'accessRevoked',
};

/** An error in the words of whoever reads the page. */
export function describeError(error: unknown, texts: Texts): string {
  if (!(error instanceof TollgateError)) return texts.pageFault;
  if (error.is('insufficient_credits')) {
    const { required, available } = error.details as Partial<typeof error.details>;
    if (required === undefined || available === undefined) return texts.notEnoughCredits;
    return texts.notEnough(required, available);
  }
  if (error.is('quota_exceeded')) return describeQuota(error, texts);
  const own = OWN[error.code];
  const text = own === undefined || isEnglish(texts) ? error.message : texts[own];
  if (error.is('rate_limited') && error.retryAfterSeconds !== undefined)
    return `${text} ${texts.tryAgainIn(error.retryAfterSeconds)}`;
  return text;
}

function describeQuota(error: TollgateError, texts: Texts): string {
  const { quota, limit } = error.details as Partial<ProblemDetails['quota_exceeded']>;
  if (quota === 'sessions' && limit !== undefined) return texts.tooManySessions(limit);
  if (quota === 'stored-bytes') return texts.tooMuchStored;
  // A newer server may count something else.
  return quota === 'branches' ? texts.tooManyBranches : error.message;
}

/** Whether what the API says is in the language of the page. */
export function isEnglish({ signIn }: Texts): boolean {
  return signIn === 'Sign in';
}
