import type { AccountingConfig } from '../../config/app-config.js';
import type { Clock } from '../../platform/clock.js';
import type { StructuredLog } from '../../platform/logging/structured-log.js';
import { AccountingApi, type AccountingApiOptions } from './accounting-api.js';
import { ChargeDelivery } from './charge-delivery.js';
import type { ExternalChargeStore } from './external-charge.store.port.js';
import { ExternalCreditLedger } from './external-credit-ledger.js';
import { PriceCache } from './price-cache.js';
import { RetryingHttp, type RetryingHttpOptions } from './retrying-http.js';

/** Usually the service has heard of a settlement by then, and a balance read right after it is right. */
const MAX_SETTLE_WAIT_MS = 1000;

export interface ExternalLedgerParts {
  readonly charges: ExternalChargeStore;
  readonly nameOf: AccountingApiOptions['nameOf'];
  readonly clock: Clock;
  readonly log: StructuredLog;
  /** Waits between attempts; tests replace it. */
  readonly pause?: RetryingHttpOptions['pause'];
}

/** The ledger of an external accounting service, put together. */
export class ExternalLedger {
  readonly http: RetryingHttp;
  readonly delivery: ChargeDelivery;
  readonly ledger: ExternalCreditLedger;

  private constructor(http: RetryingHttp, timeoutMs: number, parts: ExternalLedgerParts) {
    const { charges, nameOf, clock, log } = parts;
    const api = new AccountingApi({ http, nameOf });
    const prices = new PriceCache((chatflowId, token) => api.cost(chatflowId, token), clock);
    this.http = http;
    this.delivery = new ChargeDelivery(charges, api, clock, log);
    const settleWaitMs = Math.min(timeoutMs, MAX_SETTLE_WAIT_MS);
    this.ledger = new ExternalCreditLedger(charges, api, this.delivery, prices, clock, settleWaitMs);
  }

  /** @returns undefined when no external service is set */
  static of(config: AccountingConfig, parts: ExternalLedgerParts): ExternalLedger | undefined {
    const { externalUrl: url, externalKey: apiKey, timeoutMs } = config;
    if (url === undefined) return undefined;
    return new ExternalLedger(
      new RetryingHttp({ url, apiKey, timeoutMs, pause: parts.pause }),
      timeoutMs,
      parts,
    );
  }
}
