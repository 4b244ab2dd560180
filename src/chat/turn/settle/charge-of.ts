import type { TurnCharge } from '../../../accounting/credit-ledger.port.js';
import type { TurnOpening } from '../../records/turn.js';

/** What a turn's hold, capture and release say alike. @param accessToken the user's own, for an external service that wants it */
export function chargeOf(turn: TurnOpening, accessToken?: string): TurnCharge {
  return {
    userId: turn.userId,
    accountId: turn.accountId,
    turnId: turn.id,
    chatflowId: turn.chatflowId,
    amount: turn.price,
    ...(turn.apiKey === undefined ? {} : { key: turn.apiKey }),
    ...(accessToken === undefined ? {} : { accessToken }),
  };
}
