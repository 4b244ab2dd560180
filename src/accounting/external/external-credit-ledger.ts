import type { Clock } from '../../platform/clock.js';
import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import { CreditLedger } from '../credit-ledger.port.js';
import type { AccountHolder, Balance, HoldRequest, SettleRequest } from '../credit-ledger.port.js';
import type { AccountingApi } from './accounting-api.js';
import { AccountingRefusal, AccountingSilence, meansTooFewCredits } from './accounting-failure.js';
import { RECOVER_AFTER_MS, type ChargeDelivery } from './charge-delivery.js';
import type { ExternalCharge, ExternalChargeStore } from './external-charge.store.port.js';
import type { PriceCache } from './price-cache.js';

/**
 * An enterprise's accounting service keeps the credits. A hold deducts at once, a release refunds, a capture only logs. Our own record
 * of each charge decides first, so that a turn ends one way however often it is settled; the service is told right
 * after, and again until it has heard it.
 */
export class ExternalCreditLedger extends CreditLedger {
  constructor(
    private readonly charges: ExternalChargeStore,
    private readonly api: AccountingApi,
    private readonly delivery: ChargeDelivery,
    private readonly prices: PriceCache,
    private readonly clock: Clock,
    /** How long a settlement waits for the service to hear of it, in milliseconds; telling goes on after that. */
    private readonly settleWaitMs: number,
  ) {
    super();
  }

  /** The service's price, up to 30 seconds old; the registry's when the service has none for this chatflow. */
  async priceOf(chatflow: { id: string; price: { credits: number } }, accessToken?: string): Promise<number> {
    const price = await reachingTheService(() => this.prices.get(chatflow.id, accessToken));
    return price ?? chatflow.price.credits;
  }

  async hold(request: HoldRequest): Promise<void> {
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

  private async deliverFor(charge: ExternalCharge, accessToken?: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waitedEnough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.settleWaitMs);
    });
    await Promise.race([this.delivery.deliver(charge, accessToken), waitedEnough]);
    clearTimeout(timer);
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
