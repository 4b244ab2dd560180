import {
  createRemoteJWKSet,
  customFetch,
  errors as joseErrors,
  type CryptoKey,
  type JWSHeaderParameters,
} from 'jose';

import { boundedFetch } from '../issuers/bounded-fetch.js';

const FETCH_TIMEOUT_MS = 5000;
/** How soon after a fetch an unknown key id may cause another one: a new key works after that, and a flood of made-up ids costs no more. */
const MIN_FETCH_INTERVAL_MS = 30_000;
/** How often the keys are fetched anew, and so how long a withdrawn key still works. */
const REFRESH_MS = 10 * 60_000;
/** How long the keys at hand are used while the issuer cannot be reached. */
const MAX_AGE_MS = 70 * 60_000;

/** The issuer's keys could not be fetched: nothing is known about the token. */
export class KeySetOutageError extends Error {
  override readonly name = 'KeySetOutageError';
}

/**
 * The public keys of an external issuer, from its JSON Web Key Set. They are fetched when first needed and refreshed beside the requests, so
 * that only the first one waits for them; concurrent needs share a fetch.
 */
export class IssuerKeys {
  private keys: { readonly uri: string; readonly set: KeySet } | undefined;
  /** Epoch milliseconds. */
  private refreshAt = Infinity;

  /** @param locate tells where the key set is; asked each time, so it has to remember */
  constructor(private readonly locate: () => Promise<string>) {}

  /**
   * Finds the key that a token names in its header, which must name an algorithm of such keys.
   * @throws KeySetOutageError when the keys cannot be fetched; another Error when the token names no key of the issuer
   */
  async keyOf(header: JWSHeaderParameters & { readonly alg: string }): Promise<CryptoKey> {
    try {
      const keys = this.keysAt(await this.locate());
      const key = await keys(header);
      this.refreshInTime(keys);
      return key;
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw new KeySetOutageError("The issuer's keys cannot be fetched.", { cause: error });
    }
  }

  private keysAt(uri: string): KeySet {
    if (this.keys?.uri !== uri) {
      this.keys = { uri, set: keySetAt(uri) };
      this.refreshAt = Infinity;
    }
    return this.keys.set;
  }

  private refreshInTime(keys: KeySet): void {
    const now = Date.now();
    if (this.refreshAt === Infinity) this.refreshAt = now + REFRESH_MS;
    if (now < this.refreshAt) return;
    this.refreshAt = now + MIN_FETCH_INTERVAL_MS;
    keys.reload().then(
      () => {
        this.refreshAt = now + REFRESH_MS;
      },
      // The keys at hand are good for a while yet; the next try comes with a later request.
      () => undefined,
    );
  }
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

function keySetAt(uri: string): KeySet {
  return createRemoteJWKSet(new URL(uri), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: MIN_FETCH_INTERVAL_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: boundedFetch,
  });
}

function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof joseErrors.JWKSNoMatchingKey ||
    error instanceof joseErrors.JWKSMultipleMatchingKeys ||
    error instanceof joseErrors.JOSENotSupported
  );
}
