import { Injectable } from '@nestjs/common';
import { CreditLedger, type TurnCharge } from '../../../accounting/credit-ledger.port.js';
import { ConversationStore, type Conversation } from '../../records/conversation.store.port.js';
import { TurnStore } from '../../records/turn.store.port.js';
import type { AbandonedTurn } from './abandoned-turns.service.js';

/** A turn that was opened, or may yet be, and never begins: its upstream is not called, and whoever asked is told so. */
export interface UnbegunTurn {
  readonly turn: AbandonedTurn;
  readonly charge: TurnCharge;
  /** The memory that was begun along with it. */
  readonly conversation: Conversation | undefined;
}

/** Undoes openings. Every step may be repeated, and the record goes last: as long as it is there, others find what is left to do. */
@Injectable()
export class UnbegunTurns {
  constructor(
    private readonly ledger: CreditLedger,
    private readonly conversations: ConversationStore,
    private readonly turns: TurnStore,
  ) {}

  /**
   * Gives the hold back, which may or may not have been made, and forgets the turn.
   * @returns false when there is no such turn, or it has to be brought to its end because somebody was told of it
   * @throws what ledger and stores throw
   */
  async undo(unbegun: UnbegunTurn): Promise<boolean> {
    await this.ledger.release({ ...unbegun.charge, outcome: 'failed' });
    return this.forget(unbegun);
  }

  /** Forgets a turn that is certainly not held: its key and its session are free again. @returns as `undo` @throws what the stores throw */
  async forget({ turn, conversation }: UnbegunTurn): Promise<boolean> {
    if (conversation !== undefined) await this.conversations.discard(conversation);
    return this.turns.discard(turn);
  }
}
