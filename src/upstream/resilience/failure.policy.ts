import type { CallReach, ProviderCall } from '../chat-provider.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { HttpStatusError } from '../http/http-status.error.js';

/**
 * Whether the same call may succeed in a moment: no connection, 429, 5xx, a stream that broke. Not after a time-out: whoever
 * took too long has enough to do, and the turn's time is limited.
 */
export function isWorthRetrying(error: unknown): error is AppError {
  return error instanceof AppError && error.retryable && error.code !== 'upstream_timeout';
}

/** A call that was made, and whether its upstream may do more than answer. */
export interface FailedAttempt {
  readonly call: Pick<ProviderCall, 'reach' | 'report'>;
  readonly mayWork: boolean;
}

/** Whether an upstream may have begun to work on a call. */
export function mayHaveBegun(reach: CallReach): boolean {
  return reach === 'unknown' || reach === 'accepted';
}

/** Whether the same call may be made again. One that may work must certainly not have been begun; words alone are said twice without harm. */
export function mayRepeat(error: unknown, { call, mayWork }: FailedAttempt): error is AppError {
  return isWorthRetrying(error) && (!mayWork || !mayHaveBegun(call.reach));
}

/**
 * Whether another upstream may answer instead, nobody having seen any content. What may work must not have been begun, or have shown that
 * it has done nothing: only an accepted answer shows that.
 */
export function mayReplace({ call, mayWork }: FailedAttempt): boolean {
  if (!mayWork || !mayHaveBegun(call.reach)) return true;
  return call.reach === 'accepted' && call.report.sawWork !== true;
}

/** What a gateway says for a server that is not there, or has no room. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503]);

/** A failure that says something about the flow alone, while those of the server's other flows say the same. */
export class SeveralFlowsFailed extends Error {
  constructor(cause: unknown) {
    super('Several flows of the server fail', { cause });
  }
}

/**
 * The same for a server of flows, which break one by one: HTTP 500 and a request that is never answered are how Flowise tells that a flow is
 * unknown, has a wrong key or cannot stream.
 */
export function countsAgainstServerOfFlows(error: unknown): boolean {
  if (error instanceof SeveralFlowsFailed) return true;
  if (!countsAgainstServer(error) || (error instanceof AppError && error.code === 'upstream_timeout'))
    return false;
  const { cause } = error as AppError;
  return !(cause instanceof HttpStatusError) || cause.status === 429 || GATEWAY_STATUSES.has(cause.status);
}

/**
 * Whether a failure says something about the server and not only about one flow of it: it cannot be reached, takes too
 * long, refuses for overload or answers with 5xx. An error inside an answer does not: the server works, one flow is broken.
 */
export function countsAgainstServer(error: unknown): boolean {
  if (!(error instanceof AppError)) return false;
  if (error.code === 'upstream_unavailable' || error.code === 'upstream_timeout') return error.retryable;
  return error.cause instanceof HttpStatusError && error.cause.status >= 500;
}
