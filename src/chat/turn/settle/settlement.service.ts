import { Injectable } from '@nestjs/common';
import { CreditLedger, type SettleRequest } from '../../../accounting/credit-ledger.port.js';
import { AppConfig } from '../../../config/app-config.js';
import type { PlannedWrite } from '../../../platform/planned-write.js';
import { ConversationStore } from '../../records/conversation.store.port.js';
import { HistoryStore } from '../../records/history.store.port.js';
import type { SessionPlace } from '../../records/session-place.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import { TurnStore, type TurnEnding } from '../../records/turn.store.port.js';
import type { Settlement, TurnRecord } from '../../records/turn.js';
import { SearchQueue } from '../../search/search-queue.service.js';
import { StoredBytes } from './stored-bytes.service.js';

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
    private readonly conversations: ConversationStore,
    private readonly ledger: CreditLedger,
    private readonly stored: StoredBytes,
    private readonly search: SearchQueue,
    private readonly faults: FaultPoints,
    private readonly config: AppConfig,
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
    const decided = await this.turns.decide(turn, settlement);
    if (!decided) return this.chargedBefore(turn, settlement);
    this.faults.reach('decided');
    return this.complete(turn, settlement, accessToken);
  }

  /** @returns the credits charged; undefined when it has to be done step by step, whatever was done */
  private async settleAtOnce(turn: TurnRecord, settlement: Settlement): Promise<number | undefined> {
    const { sessionPlace } = turn;
    if (this.faults.partsWrites || sessionPlace === undefined) return undefined;
    const charge = this.ledger.planSettlement(settlement.charge, settleRequestOf(turn, settlement));
    if (charge === undefined) return undefined;
    const writes = [
      ...this.history.planTurn(turn, settlement, sessionPlace),
      ...this.planSpending(turn, settlement),
      charge.write,
    ];
    const ending = this.endingOf(settlement, sessionPlace, charge.charged);
    if (!(await this.turns.settle(turn, settlement, writes, ending))) return undefined;
    charge.written();
    this.stored.add(turn.userId, settlement.storedBytes ?? 0);
    this.search.note(turn, settlement);
    this.faults.reach('finished');
    return charge.charged;
  }

  /** The steps behind the decision. */
  async complete(turn: TurnRecord, settlement: Settlement, accessToken?: string): Promise<number> {
    const [charged, place] = await Promise.all([
      this.charge(turn, settlement, accessToken),
      this.storeMessages(turn, settlement),
      this.spend(turn, settlement),
    ]);
    const finished = await this.turns.finish(turn, settlement, this.endingOf(settlement, place, charged));
    if (!finished) throw new LeaseLost(`turn ${turn.id} was taken over`);
    this.stored.add(turn.userId, settlement.storedBytes ?? 0);
    this.search.note(turn, settlement);
    this.faults.reach('finished');
    return charged;
  }

  private endingOf({ stores, endedAt }: Settlement, place: SessionPlace, charged: number): TurnEnding {
    const { position, after, parentId } = place;
    return {
      charged,
      expiresAt: new Date(endedAt.getTime() + this.config.turns.retentionMs),
      position: stores ? position : after + 1,
      ...(stores || parentId === null ? {} : { parentId }),
    };
  }

  private planSpending(turn: TurnRecord, { spends, endedAt }: Settlement): readonly PlannedWrite[] {
    return spends === undefined ? [] : [this.conversations.planSpend(turn, endedAt, spends.except)];
  }

  private async spend(turn: TurnRecord, { spends, endedAt }: Settlement): Promise<void> {
    if (spends !== undefined) await this.conversations.spend(turn, endedAt, spends.except);
  }

  /** A settlement whose answer was lost is found as the turn's end. */
  private async chargedBefore({ id, userId }: TurnRecord, { outcome, endedAt }: Settlement): Promise<number> {
    const stored = await this.turns.find(userId, id);
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

  /** @returns where the turn stands in its session */
  private async storeMessages(turn: TurnRecord, settlement: Settlement): Promise<SessionPlace> {
    const place = await this.history.storeTurn(turn, settlement);
    this.faults.reach('messages-stored');
    return place;
  }
}

/** What the ledger is told of the end of a turn. @param accessToken the user's own, for an external service that wants it */
export function settleRequestOf(
  turn: TurnRecord,
  { outcome }: Pick<Settlement, 'outcome'>,
  accessToken?: string,
): SettleRequest {
  return {
    userId: turn.userId,
    accountId: turn.accountId,
    turnId: turn.id,
    chatflowId: turn.chatflowId,
    amount: turn.price,
    ...(turn.apiKey === undefined ? {} : { key: turn.apiKey }),
    outcome,
    ...(accessToken === undefined ? {} : { accessToken }),
  };
}
