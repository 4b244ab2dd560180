import { Injectable } from '@nestjs/common';
import {
  CreditLedger,
  type HoldRequest,
  type PlannedCharge,
} from '../../../accounting/credit-ledger.port.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { AppConfig } from '../../../config/app-config.js';
import type { Principal } from '../../../contract/principal.js';
import { AppError } from '../../../platform/errors/app.error.js';
import { errors } from '../../../platform/errors/errors.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import type { TurnOpening } from '../../records/turn.js';
import type { YieldingTurn } from './session-occupancy.service.js';

/** A hold outlives its turn by this much before it counts as orphaned. */
const HOLD_MARGIN_MS = 24 * 3600 * 1000;

/** The credits of a turn that is being opened: what it costs, and holding it. */
@Injectable()
export class TurnHold {
  constructor(
    private readonly config: AppConfig,
    private readonly ledger: CreditLedger,
    private readonly faults: FaultPoints,
    private readonly metrics: TurnMetrics,
  ) {}

  /** @throws AppError `accounting_unavailable` */
  priceOf(chatflow: Chatflow, { accessToken }: Principal): Promise<number> {
    return this.ledger.priceOf(chatflow, accessToken);
  }

  /**
   * Before a turn is stopped, and perhaps charged, for another that there are no credits for.
   * @throws AppError `insufficient_credits`, `insufficient_key_credits`, `accounting_unavailable`
   */
  async assertCouldPay(
    principal: Principal,
    chatflow: Chatflow,
    { record, isCharged }: YieldingTurn,
  ): Promise<void> {
    const price = await this.priceOf(chatflow, principal);
    const { available } = await this.ledger.balance(principal, principal.accessToken);
    if (available + (isCharged ? 0 : record.price) < price)
      throw errors.insufficientCredits(price, available);
    const { apiKeyId, hasCreditCap } = principal;
    if (apiKeyId === undefined || hasCreditCap !== true) return;
    const left = await this.ledger.keyLeft(principal, apiKeyId);
    const comesBack = !isCharged && record.apiKey?.id === apiKeyId ? record.price : 0;
    if (left + comesBack < price) throw errors.insufficientKeyCredits(price, left);
  }

  requestFor(opening: TurnOpening, accessToken: string | undefined): HoldRequest {
    return {
      userId: opening.userId,
      accountId: opening.accountId,
      turnId: opening.id,
      chatflowId: opening.chatflowId,
      amount: opening.price,
      ...(opening.apiKey === undefined ? {} : { key: opening.apiKey }),
      ...(accessToken === undefined ? {} : { accessToken }),
      expiresAt: new Date(opening.startedAt.getTime() + this.config.turns.timeoutMs + HOLD_MARGIN_MS),
    };
  }

  /** The hold as a write that goes along with the turn's own; undefined where it is to be made by itself. */
  plan(request: HoldRequest): PlannedCharge | undefined {
    return this.faults.partsWrites ? undefined : this.ledger.planHold(request);
  }

  /** To be told when the hold has been made, by a planned write or by itself. */
  made(planned: PlannedCharge | undefined): void {
    planned?.written();
    this.metrics.holdAttempted('held');
    this.faults.reach('held');
  }

  /** @returns what kept it from being made: `refused` for certain, `failed` when it may have been made; undefined: it is made */
  async make(
    request: HoldRequest,
  ): Promise<{ readonly kind: 'refused' | 'failed'; readonly error: unknown } | undefined> {
    try {
      await this.ledger.hold(request);
      this.made(undefined);
      return undefined;
    } catch (error) {
      const kind = error instanceof AppError && error.kind === 'user' ? 'refused' : 'failed';
      this.metrics.holdAttempted(kind);
      return { kind, error };
    }
  }
}
