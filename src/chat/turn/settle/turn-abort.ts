/** Why a running turn was ended before its upstream was done. */
export const ABORT_REASONS = [
  'stopped',
  'client-gone',
  'timeout',
  'shutdown',
  'too-long',
  'lease-lost',
  'access-revoked',
] as const;
export type AbortReason = (typeof ABORT_REASONS)[number];

/** The reason of a turn's AbortSignal. Not a failure: a turn that was ended on purpose is still accounted. */
export class TurnAbort extends Error {
  override readonly name = 'TurnAbort';
  constructor(readonly reason: AbortReason) {
    super(`The turn was ended: ${reason}`);
  }
}
