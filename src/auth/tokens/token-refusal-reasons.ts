import { errors as joseErrors } from 'jose';
import { TokenRefusedError, type TokenRefusal } from './token-refused.error.js';

/**
 * Puts what a verification failed with into one of a few reasons. Messages of the libraries are not used: some quote the token.
 * @param error of `jose` (tokens of an external issuer) or `jsonwebtoken` (our own); anything else makes it malformed
 */
export function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof TokenRefusedError) return error.refusal;
  if (error instanceof joseErrors.JWTExpired) return { reason: 'expired', found: error.payload.exp };
  if (error instanceof joseErrors.JWTClaimValidationFailed) {
    return { reason: error.claim, found: error.payload[error.claim] };
  }
  if (error instanceof joseErrors.JOSEAlgNotAllowed) return { reason: 'algorithm' };
  if (error instanceof joseErrors.JOSENotSupported) return { reason: 'not_supported' };
  if (error instanceof joseErrors.JWSSignatureVerificationFailed) return { reason: 'signature' };
  if (error instanceof joseErrors.JWKSNoMatchingKey) return { reason: 'unknown_key' };
  if (error instanceof joseErrors.JWKSMultipleMatchingKeys) return { reason: 'no_key_named' };
  if (error === undefined || error === null) return { reason: 'no_such_user' };
  return ownRefusalOf(error);
}

function ownRefusalOf(error: unknown): TokenRefusal {
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  if (name === 'TokenExpiredError') return { reason: 'expired' };
  if (message === 'invalid signature' || message === 'jwt signature is required')
    return { reason: 'signature' };
  if (message === 'invalid algorithm') return { reason: 'algorithm' };
  return { reason: 'malformed' };
}
