import type { DiscoveryDocument } from './discovery-document.js';

/** How soon a provider that was out is asked again, at most once in that time however many tokens there are. */
export const MIN_RETRY_MS = 1000;
/** How long that becomes while it stays out. */
export const MAX_RETRY_MS = 30_000;
/** How often the document is fetched anew: providers move their key sets once in years. */
const REFRESH_MS = 3_600_000;

/** The provider has not been reached yet: nothing is known about its tokens. */
export class DiscoveryOutageError extends Error {
  override readonly name = 'DiscoveryOutageError';
}

/** What comes of an attempt, for the log. */
export interface DiscoveryListener {
  reached(): void;
  out(error: unknown): void;
}

/**
 * Where an issuer's keys are. The document is fetched when first needed, by one request for all who wait, and later beside the requests; one
 * that is at hand is good for as long as the provider is out.
 */
export class IssuerDiscovery {
  private found: DiscoveryDocument | undefined;
  private attempt: Promise<DiscoveryDocument> | undefined;
  private failure: unknown;
  /** Epoch milliseconds, by the clock of this process. */
  private nextAt = 0;
  private retryMs = MIN_RETRY_MS;

  constructor(
    private readonly fetchDocument: () => Promise<DiscoveryDocument>,
    private readonly listener: DiscoveryListener,
  ) {}

  /** @throws DiscoveryOutageError when it was never reached */
  async document(): Promise<DiscoveryDocument> {
    const isDue = Date.now() >= this.nextAt;
    if (this.found !== undefined) {
      if (isDue) this.fetch().catch(() => undefined);
      return this.found;
    }
    if (this.attempt === undefined && !isDue) throw outage(this.failure);
    return this.fetch().catch((error: unknown) => {
      throw outage(error);
    });
  }

  private fetch(): Promise<DiscoveryDocument> {
    this.attempt ??= this.tryFetch().finally(() => {
      this.attempt = undefined;
    });
    return this.attempt;
  }

  private async tryFetch(): Promise<DiscoveryDocument> {
    try {
      this.found = await this.fetchDocument();
      this.nextAt = Date.now() + REFRESH_MS;
      this.retryMs = MIN_RETRY_MS;
      this.listener.reached();
      return this.found;
    } catch (error) {
      this.failure = error;
      this.nextAt = Date.now() + this.retryMs;
      this.retryMs = Math.min(this.retryMs * 2, MAX_RETRY_MS);
      this.listener.out(error);
      throw error;
    }
  }
}

const outage = (cause: unknown) =>
  new DiscoveryOutageError('The discovery document of the issuer cannot be fetched.', { cause });
