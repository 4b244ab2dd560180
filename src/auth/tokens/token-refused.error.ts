/** Why a token was refused, for operators: what its claims or its header say, never the token. */
export interface TokenRefusal {
  /** One of a few words, such as `expired`, `aud` or `signature`. */
  readonly reason: string;
  /** The `id` of the external issuer that the token names. */
  readonly issuer?: string;
  /** What the token says there. */
  readonly found?: unknown;
  readonly alg?: unknown;
  readonly kid?: unknown;
}

/** The token is no good. Clients are not told why. */
export class TokenRefusedError extends Error {
  override readonly name = 'TokenRefusedError';

  constructor(readonly refusal: TokenRefusal) {
    super(`The token was refused: ${refusal.reason}`);
  }
}
