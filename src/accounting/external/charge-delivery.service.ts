import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { AccountingApi } from './accounting-api.client.js';
import { ExternalChargeStore, type ExternalCharge } from './external-charge.store.port.js';

/** Longer than one delivery takes with all its attempts, so that the recovery seldom repeats one that is under way. */
export const RECOVER_AFTER_MS = 30_000;
const CHARGES_PER_RUN = 50;

/** Tells the service what was decided about a turn, until it has heard it. */
@Injectable()
export class ChargeDelivery {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly charges: ExternalChargeStore,
    private readonly api: AccountingApi,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Starts telling the service. Never rejects: what fails is due again later.
   * @returns resolves when the service has heard it, or when that failed for now
   */
  deliver(charge: ExternalCharge, accessToken?: string): Promise<void> {
    const delivery = this.attempt(charge, accessToken).finally(() => this.underWay.delete(delivery));
    this.underWay.add(delivery);
    return delivery;
  }

  /** Takes care of charges that nobody brought to an end: gives up holds without a result, repeats failed deliveries. Never rejects. */
  async recover(): Promise<void> {
    try {
      const now = new Date(this.clock.now());
      for (const charge of await this.charges.findDue(now, CHARGES_PER_RUN)) {
        await this.deliver(charge.state === 'holding' ? await this.giveUp(charge) : charge);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'external charges could not be looked through');
    }
  }

  /** Waits for the deliveries under way. */
  async drain(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private giveUp(charge: ExternalCharge): Promise<ExternalCharge> {
    const { userId, turnId, chatflowId, amount } = charge;
    const now = this.clock.now();
    return this.charges.decide(
      { userId, turnId, chatflowId, amount },
      'released',
      new Date(now + RECOVER_AFTER_MS),
      new Date(now),
    );
  }

  private async attempt(charge: ExternalCharge, accessToken?: string): Promise<void> {
    const { state, turnId } = charge;
    if (charge.dueAt === undefined) return;
    const settled = { ...charge, accessToken, outcome: charge.outcome ?? ('failed' as const) };
    try {
      if (state === 'released') await this.api.refund(settled, settled.outcome);
      await this.api.logTransaction(settled, state === 'captured');
      await this.charges.finish(turnId, new Date(this.clock.now()));
    } catch (error) {
      this.log.warn({ err: error, turnId, state }, 'the accounting service does not know this decision yet');
      await this.postpone(turnId);
    }
  }

  private async postpone(turnId: string): Promise<void> {
    try {
      await this.charges.postpone(turnId, new Date(this.clock.now() + RECOVER_AFTER_MS));
    } catch (error) {
      // It is due already or will be; only the pause before the next attempt is lost.
      this.log.warn({ err: error, turnId }, 'an external charge could not be postponed');
    }
  }
}
