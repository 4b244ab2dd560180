import { hashKey, hashRequest } from './idempotency-key.js';
import type { TurnRequest } from '../../records/turn-request.js';

/** What tells a repeat of a request from another one. */
export interface RequestIdentity {
  readonly requestHash: string;
  readonly keyHash?: string;
  /** Present for clients that repeat their requests by themselves and say so. */
  readonly repeatHash?: string;
}

export function identify(request: TurnRequest): RequestIdentity {
  const { principal: _, idempotencyKey, repetition, ...asked } = request;
  const requestHash = hashRequest(asked);
  return {
    requestHash,
    ...(idempotencyKey === undefined ? {} : { keyHash: hashKey(idempotencyKey) }),
    ...(repetition === undefined ? {} : { repeatHash: requestHash }),
  };
}
