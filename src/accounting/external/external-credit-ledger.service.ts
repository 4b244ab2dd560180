import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { within } from '../../platform/within.js';
import { CreditLedger } from '../credit-ledger.port.js';
import type { AccountHolder, Balance, HoldRequest, SettleRequest } from '../credit-ledger.port.js';
import { AccountingApi } from './accounting-api.client.js';
import { AccountingRefusal, AccountingSilence, meansTooFewCredits } from './accounting-failure.js';
import { ChargeDelivery, RECOVER_AFTER_MS } from './charge-delivery.service.js';
import { ExternalChargeStore, type ExternalCharge } from './external-charge.store.port.js';

/** Usually the service has heard of a settlement by then, and a balance read right after it is right. */
const MAX_SETTLE_WAIT_MS = 1000;
/** A changed price takes effect this much later at most. */
const KEEP_PRICE_FOR_MS = 30_000;
const MAX_PRICES = 1000;

interface Price {
  /** `undefined`: the service has no price for this chatflow. */
  readonly credits: number | undefined;
}

/**
 * An enterprise's accounting service keeps the credits. A hold deducts at once, a release refunds, a capture only logs. Our own record
 * of each charge decides first, so that a turn ends one way however often it is settled; the service is told right
 * after, and again until it has heard it.
 */
@Injectable()
export class ExternalCreditLedger extends CreditLedger {
  /** Calls that miss share one request, made with the first caller's token. Failures are not kept. */
  private readonly prices: LRUCache<string, Price, { readonly accessToken?: string }>;

  constructor(
    private readonly charges: ExternalChargeStore,
    private readonly api: AccountingApi,
    private readonly delivery: ChargeDelivery,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {
    super();
    this.prices = new LRUCache({
      max: MAX_PRICES,
      ttl: KEEP_PRICE_FOR_MS,
      ttlResolution: 0,
      perf: clock,
      // Whoever waits for a price gets it, also when it was pushed out meanwhile.
      ignoreFetchAbort: true,
      fetchMethod: async (chatflowId, _stale, { context: { accessToken } }) => ({
        credits: await api.cost(chatflowId, accessToken),
      }),
    });
  }

  /** The service's price, up to 30 seconds old; the registry's when the service has none for this chatflow. */
  async priceOf(chatflow: { id: string; price: { credits: number } }, accessToken?: string): Promise<number> {
    const context = { accessToken };
    const price = await reachingTheService(() => this.prices.forceFetch(chatflow.id, { context }));
    return price.credits ?? chatflow.price.credits;
  }

  async hold(request: HoldRequest): Promise<void> {
    // It has a cap from when credits were kept here, of which nothing is known now.
    if (request.key?.isCapped === true) throw errors.insufficientKeyCredits(request.amount, 0);
    const { charge, isNew } = await this.charges.open(request, request.expiresAt, this.after(0));
    if (charge.state === 'holding') await this.deduct(request, isNew);
    else assertNotGivenUp(charge);
  }

  capture(request: SettleRequest): Promise<number> {
    return this.settle(request, 'captured');
  }

  release(request: SettleRequest): Promise<number> {
    return this.settle(request, 'released');
  }

  async balance({ userId }: Pick<AccountHolder, 'userId'>, accessToken?: string): Promise<Balance> {
    const [available, held] = await Promise.all([
      reachingTheService(() => this.api.credits(userId, accessToken)),
      this.charges.heldBy(userId),
    ]);
    return { available, held };
  }

  private async deduct(request: HoldRequest, isNew: boolean): Promise<void> {
    const { turnId } = request;
    try {
      // A repeated hold may find its own deduction in the credits; its key tells the service better than a comparison would.
      if (isNew) await this.assertCredits(request);
      await this.api.deduct(request);
    } catch (error) {
      throw await this.refusalOf(error, request, isNew);
    }
    if (await this.charges.markHeld(turnId)) return;
    // Settled while the deduction was under way: the decision stands, and its refund names this deduction.
    const { charge } = await this.charges.open(request, request.expiresAt, this.after(0));
    assertNotGivenUp(charge);
  }

  private async assertCredits({ userId, amount, accessToken }: HoldRequest): Promise<void> {
    const available = await this.api.credits(userId, accessToken);
    if (available < amount) throw errors.insufficientCredits(amount, available);
  }

  /** Records what is known about a deduction that failed. @returns the error to throw */
  private async refusalOf(error: unknown, request: HoldRequest, isNew: boolean): Promise<unknown> {
    const { turnId } = request;
    const unknown = error instanceof AccountingSilence && (error.mayHaveApplied || !isNew);
    if (unknown) {
      // Whoever repeats the hold soon finds out; otherwise the recovery refunds whatever was deducted under this key.
      await this.charges.postpone(turnId, this.after(RECOVER_AFTER_MS));
      return errors.accountingUnavailable(error);
    }
    await this.charges.markRefused(turnId);
    if (error instanceof AppError) return error;
    if (error instanceof AccountingRefusal && meansTooFewCredits(error)) {
      const available = await this.api.credits(request.userId, request.accessToken).catch(() => 0);
      return errors.insufficientCredits(request.amount, available);
    }
    return errors.accountingUnavailable(error);
  }

  private async settle(request: SettleRequest, state: 'captured' | 'released'): Promise<number> {
    const charge = await this.charges.decide(request, state, this.after(RECOVER_AFTER_MS), this.after(0));
    if (charge.dueAt !== undefined) await this.deliverFor(charge, request.accessToken);
    return charge.state === 'captured' ? charge.amount : 0;
  }

  /** Waits a while for the service to hear of the settlement; telling goes on after that. */
  private async deliverFor(charge: ExternalCharge, accessToken?: string): Promise<void> {
    const waitMs = Math.min(this.config.accounting.timeoutMs, MAX_SETTLE_WAIT_MS);
    await within(waitMs, this.delivery.deliver(charge, accessToken));
  }

  private after(milliseconds: number): Date {
    return new Date(this.clock.now() + milliseconds);
  }
}

/** A hold that was given up after it had failed can't be had any more: its deduction is being refunded. */
function assertNotGivenUp(charge: ExternalCharge): void {
  if (charge.state === 'released' && charge.outcome === undefined) throw errors.accountingUnavailable();
}

async function reachingTheService<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw error instanceof AppError ? error : errors.accountingUnavailable(error);
  }
}
