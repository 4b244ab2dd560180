import { Injectable } from '@nestjs/common';
import { CreditLedger, type SettleRequest } from '../../accounting/credit-ledger.port.js';
import { HistoryStore, type ChatMessage } from '../history/history-store.port.js';
import { FaultPoints } from './fault-points.js';
import { TurnStore } from './turn-store.port.js';
import type { Settlement, TurnRecord } from './turn.js';

/** Another instance has taken the turn over; it settles it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/**
 * Settles a turn: the decision first, then messages and charge, the turn's end last. Every step is idempotent by the
 * turn's id, so that after a crash anybody can begin again at any step. Where ledger and database can, all steps go as one command.
 */
@Injectable()
export class SettlementService {
  constructor(
    private readonly turns: TurnStore,
    private readonly history: HistoryStore,
    private readonly ledger: CreditLedger,
    private readonly faults: FaultPoints,
  ) {}

  /**
   * @param accessToken the user's, for an external accounting service
   * @returns the credits charged
   * @throws LeaseLost when the turn has another owner; anything else means that nothing is known: call it again
   */
  async settle(turn: TurnRecord, settlement: Settlement, accessToken?: string): Promise<number> {
    const charged = await this.settleAtOnce(turn, settlement);
    return charged ?? this.settleInSteps(turn, settlement, accessToken);
  }

  /** The same for a turn of which nobody knows whether it is held: each step finds out for itself. */
  async settleInSteps(turn: TurnRecord, settlement: Settlement, accessToken?: string): Promise<number> {
    const decided = await this.turns.decide(turn.id, turn.lease?.fence ?? 0, settlement);
    if (!decided) return this.chargedBefore(turn, settlement);
    this.faults.reach('decided');
    return this.complete(turn, settlement, accessToken);
  }

  /** @returns the credits charged; undefined when it has to be done step by step, whatever was done */
  private async settleAtOnce(turn: TurnRecord, settlement: Settlement): Promise<number | undefined> {
    if (this.faults.partsWrites) return undefined;
    const { answer, outcome, endedAt } = settlement;
    const messages =
      answer === undefined
        ? []
        : this.history.planTurn(turn, answer, outcome as ChatMessage['status'], endedAt);
    const charge = this.ledger.planSettlement(settlement.charge, settleRequestOf(turn, settlement));
    if (messages === undefined || charge === undefined) return undefined;
    if (!(await this.turns.settle(turn, settlement, [...messages, charge.write], charge.charged)))
      return undefined;
    charge.written();
    this.faults.reach('finished');
    return charge.charged;
  }

  /** The steps behind the decision. */
  async complete(turn: TurnRecord, settlement: Settlement, accessToken?: string): Promise<number> {
    const [charged] = await Promise.all([
      this.charge(turn, settlement, accessToken),
      this.storeMessages(turn, settlement),
    ]);
    const finished = await this.turns.finish(turn, settlement, charged);
    if (!finished) throw new LeaseLost(`turn ${turn.id} was taken over`);
    this.faults.reach('finished');
    return charged;
  }

  /** A settlement whose answer was lost is found as the turn's end. */
  private async chargedBefore({ id }: TurnRecord, { outcome, endedAt }: Settlement): Promise<number> {
    const stored = await this.turns.find(id);
    const isOurs = stored?.status === outcome && stored.settlement?.endedAt.getTime() === endedAt.getTime();
    if (stored === undefined || !isOurs) throw new LeaseLost(`turn ${id} was taken over`);
    return stored.charged ?? 0;
  }

  private async charge(turn: TurnRecord, settlement: Settlement, accessToken?: string): Promise<number> {
    const request = settleRequestOf(turn, settlement, accessToken);
    const charged = await this.ledger[settlement.charge](request);
    this.faults.reach('charged');
    return charged;
  }

  private async storeMessages(turn: TurnRecord, { answer, outcome, endedAt }: Settlement): Promise<void> {
    if (answer === undefined) return;
    await this.history.storeTurn(turn, answer, outcome as ChatMessage['status'], endedAt);
    this.faults.reach('messages-stored');
  }
}

function settleRequestOf(turn: TurnRecord, { outcome }: Settlement, accessToken?: string): SettleRequest {
  return {
    userId: turn.userId,
    accountId: turn.accountId,
    turnId: turn.id,
    chatflowId: turn.chatflowId,
    amount: turn.price,
    outcome,
    ...(accessToken === undefined ? {} : { accessToken }),
  };
}
