import {
  createRemoteJWKSet,
  customFetch,
  errors as joseErrors,
  type CryptoKey,
  type JWSHeaderParameters,
} from 'jose';

import { boundedFetch } from '../issuers/bounded-fetch.js';
import { KeyLookups } from './key-lookups.js';

const FETCH_TIMEOUT_MS = 5000;
/** How soon a refresh that failed is tried again. */
const REFRESH_RETRY_MS = 30_000;
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
  private readonly lookups = new KeyLookups();

  /** @param locate tells where the key set is; asked each time, so it has to remember */
  constructor(private readonly locate: () => Promise<string>) {}

  /**
   * Finds the key that a token names in its header, which must name an algorithm of such keys.
   * @throws KeySetOutageError when the keys cannot be fetched; another Error when the token names no key of the issuer
   */
  async keyOf(header: JWSHeaderParameters & { readonly alg: string }): Promise<CryptoKey> {
    try {
      const keys = this.keysAt(await this.locate());
      const key = await this.found(keys, header);
      this.refreshInTime(keys);
      return key;
    } catch (error) {
      if (isAboutTheToken(error)) throw error;
      throw new KeySetOutageError("The issuer's keys cannot be fetched.", { cause: error });
    }
  }

  /** One that is not there may have been made since the keys were fetched. */
  private async found(keys: KeySet, header: JWSHeaderParameters): Promise<CryptoKey> {
    try {
      return await keys(header);
    } catch (error) {
      if (!(error instanceof joseErrors.JWKSNoMatchingKey)) throw error;
      if (!keys.reloading && !this.lookups.take(Date.now())) throw error;
      await keys.reload();
      return keys(header);
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
    this.refreshAt = now + REFRESH_RETRY_MS;
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
    // It looks for no key by itself.
    cooldownDuration: Infinity,
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
