import { Injectable } from '@nestjs/common';
import { ExternalNames } from '../../auth/directory/external-names.service.js';
import type { TurnOutcome } from '../../contract/chat-event.js';
import { AccountingRefusal, AccountingSilence } from './accounting-failure.js';
import type { ChargedTurn } from './external-charge.store.port.js';
import { RetryingHttp } from './retrying-http.client.js';

/** The ledger never deals in more at once; a greater number is a mistake of the service. */
const MAX_COST = 1e9;

/** A turn's charge, and on whose behalf the service is asked. */
export type Charge = ChargedTurn & { readonly accessToken?: string };

/**
 * The calls of the external accounting service, as `docs/accounting-service.md` describes them. Every write carries a key
 * derived from the turn, so that repeating it, here or after a restart, is harmless.
 *
 * All methods throw `AccountingRefusal` and `AccountingSilence`.
 */
@Injectable()
export class AccountingApi {
  constructor(
    private readonly http: RetryingHttp,
    private readonly names: ExternalNames,
  ) {}

  /** @returns whole credits, at least 1; `undefined` when the service knows no such chatflow */
  async cost(chatflowId: string, accessToken?: string): Promise<number | undefined> {
    const body = await this.getOrNothing(() => `/chatflows/${segment(chatflowId)}/cost`, accessToken);
    if (body === undefined) return undefined;
    const cost = numberIn(body.value, 'cost');
    if (!Number.isInteger(cost) || cost < 1 || cost > MAX_COST)
      throw unusable('a cost of whole credits, at least 1');
    return cost;
  }

  /** @returns credits that can be spent now; 0 for a user the service doesn't know */
  async credits(userId: string, accessToken?: string): Promise<number> {
    const name = await this.nameOf(userId);
    const body = await this.getOrNothing(() => `/users/${segment(name)}/credits`, accessToken);
    if (body === undefined) return 0;
    const credits = numberIn(body.value, 'credits');
    if (!Number.isFinite(credits)) throw unusable('a number of credits');
    return Math.max(0, Math.floor(credits));
  }

  async deduct(charge: Charge): Promise<void> {
    const { userId, turnId, chatflowId, amount } = charge;
    const name = await this.nameOf(userId);
    await this.post(`/users/${segment(name)}/deductions`, deductionKey(turnId), charge, {
      amount,
      turnId,
      chatflowId,
      reason: 'hold',
    });
  }

  /** Gives back what was deducted under the turn's deduction key, or voids that key if nothing was. */
  async refund(charge: Charge, reason: string): Promise<void> {
    const { userId, turnId, chatflowId, amount } = charge;
    const name = await this.nameOf(userId);
    try {
      await this.post(`/users/${segment(name)}/refunds`, `${turnId}:refund`, charge, {
        amount,
        turnId,
        chatflowId,
        deductionKey: deductionKey(turnId),
        reason,
      });
    } catch (error) {
      // A service may also say that there is no such deduction: then there is nothing to give back.
      if (!(error instanceof AccountingRefusal && error.status === 404)) throw error;
    }
  }

  async logTransaction(settled: Charge & { readonly outcome: TurnOutcome }, success: boolean): Promise<void> {
    const { turnId, chatflowId, amount, outcome } = settled;
    const userId = await this.nameOf(settled.userId);
    await this.post('/transactions', `${turnId}:${success ? 'capture' : 'release'}`, settled, {
      userId,
      type: 'chat',
      chatflowId,
      turnId,
      amount,
      success,
      outcome,
    });
  }

  private post(
    path: string,
    idempotencyKey: string,
    { accessToken }: Charge,
    body: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    return this.http.send({ method: 'POST', path, idempotencyKey, accessToken, body });
  }

  /** Under which name the service knows a user of ours: of an external issuer's user, that. Nothing was sent when it fails. */
  private async nameOf(userId: string): Promise<string> {
    try {
      return (await this.names.nameOf(userId)) ?? userId;
    } catch (error) {
      throw new AccountingSilence(false, error);
    }
  }

  private async getOrNothing(
    pathOf: () => string,
    accessToken?: string,
  ): Promise<{ value: unknown } | undefined> {
    try {
      return { value: await this.http.send({ method: 'GET', path: pathOf(), accessToken }) };
    } catch (error) {
      if (error instanceof AccountingRefusal && error.status === 404) return undefined;
      throw error;
    }
  }
}

function deductionKey(turnId: string): string {
  return `${turnId}:hold`;
}

/** One segment of a path. Dots alone would climb out of it, encoded or not. */
function segment(id: string): string {
  if (/^\.{0,2}$/.test(id)) throw new AccountingRefusal(404, 'This id cannot be part of an address.');
  return encodeURIComponent(id);
}

function numberIn(body: unknown, field: 'cost' | 'credits'): number {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : body;
  return typeof value === 'number' ? value : Number.NaN;
}

function unusable(expected: string): AccountingSilence {
  return new AccountingSilence(false, new Error(`The accounting service did not answer ${expected}.`));
}
