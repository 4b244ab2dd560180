import type { AccountHolder } from '../credit-ledger.port.js';

/** What a refund needs to know of a turn. */
export interface RefundableTurn extends AccountHolder {
  readonly turnId: string;
  readonly chatflowId: string;
  readonly isRunning: boolean;
}

/** The turns, for refunds. Ports of accounting know nothing of chats; whoever keeps the turns implements it. */
export abstract class RefundableTurnStore {
  /** Also a turn whose session was deleted: what was paid for it can be given back all the same. */
  abstract find(turnId: string): Promise<RefundableTurn | undefined>;
  /** Shows the refund on the turn. Once and for all: repeated, it changes nothing. */
  abstract noteRefund(turn: RefundableTurn, amount: number): Promise<void>;
}
