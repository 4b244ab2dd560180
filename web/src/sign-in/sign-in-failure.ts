import { TollgateError } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import type { Texts } from '../i18n/en.js';

/** What may become of a sign-in at a provider. */
export type SignInFailureKind =
  | 'denied'
  | 'unreachable'
  /** For a reason that only the provider knows: `detail`. */
  | 'refused'
  /** There is no login any more that could be taken up again without asking. */
  | 'ended'
  /** Begun elsewhere, too long ago, or not at all. */
  | 'stale'
  /** The page does not come over https: browsers make no keys for it. */
  | 'insecure'
  /** This server does not accept what the provider gives. */
  | 'not-accepted'
  /** Signed out here, while the provider could not be told. */
  | 'signed-out-here-only';

/** Why somebody is not signed in, or not signed out, with an identity provider. */
export class SignInFailure extends Error {
  override readonly name = 'SignInFailure';

  constructor(
    readonly kind: SignInFailureKind,
    /** The provider's name. */
    readonly provider: string,
    readonly detail = '',
  ) {
    super(`${kind}: ${provider} ${detail}`);
  }
}

/** What has gone wrong with a sign-in of any kind, in the words of whoever reads the page. */
export function describeSignInFailure(failure: unknown, texts: Texts): string {
  if (failure instanceof TollgateError && failure.is('unauthenticated')) return texts.wrongPassword;
  if (failure instanceof TollgateError && failure.is('validation_failed'))
    return failure.details.errors.map(({ field, message }) => `${field}: ${message}`).join('. ');
  if (!(failure instanceof SignInFailure)) return describeError(failure, texts);
  const { kind, provider, detail } = failure;
  switch (kind) {
    case 'denied':
      return texts.providerDenied(provider);
    case 'unreachable':
      return texts.providerUnreachable(provider);
    case 'refused':
      return texts.providerRefused(provider, detail);
    case 'ended':
      return texts.signInEnded;
    case 'stale':
      return texts.signInStale;
    case 'insecure':
      return texts.signInNeedsHttps;
    case 'not-accepted':
      return texts.signInNotAccepted(provider);
    case 'signed-out-here-only':
      return texts.signedOutHereOnly(provider);
  }
}
