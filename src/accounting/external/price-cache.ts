import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.js';

/** A changed price takes effect this much later at most. */
const KEEP_FOR_MS = 30_000;
const MAX_CHATFLOWS = 1000;

type LoadPrice = (chatflowId: string, accessToken?: string) => Promise<number | undefined>;

interface KnownPrice {
  /** `undefined`: the service has no price for this chatflow. */
  readonly credits: number | undefined;
  /** Epoch milliseconds. */
  readonly goodUntil: number;
}

/** Keeps prices for a short while. Calls that miss share one request, made with the first caller's token. */
export class PriceCache {
  private readonly known = new LRUCache<string, KnownPrice>({ max: MAX_CHATFLOWS });
  private readonly loading = new Map<string, Promise<number | undefined>>();

  constructor(
    private readonly load: LoadPrice,
    private readonly clock: Clock,
  ) {}

  /** @returns whole credits, `undefined` when the service has no price. Failures are not kept. */
  async get(chatflowId: string, accessToken?: string): Promise<number | undefined> {
    const price = this.known.get(chatflowId);
    if (price !== undefined && this.clock.now() < price.goodUntil) return price.credits;
    let loading = this.loading.get(chatflowId);
    if (loading === undefined) {
      loading = this.loadAndKeep(chatflowId, accessToken).finally(() => this.loading.delete(chatflowId));
      this.loading.set(chatflowId, loading);
    }
    return loading;
  }

  private async loadAndKeep(chatflowId: string, accessToken?: string): Promise<number | undefined> {
    const credits = await this.load(chatflowId, accessToken);
    this.known.set(chatflowId, { credits, goodUntil: this.clock.now() + KEEP_FOR_MS });
    return credits;
  }
}
