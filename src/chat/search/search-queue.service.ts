import { Injectable } from '@nestjs/common';
import type { Settlement, TurnRecord } from '../records/turn.js';
import type { SearchableTurn } from './search-index.store.port.js';

/** Turns that were settled here and are not in the index yet. What finds no room is found by the next catching up. */
export const MAX_QUEUED_TURNS = 20_000;

/** What was settled here, for the indexer. Noting a turn costs a place in a list. */
@Injectable()
export class SearchQueue {
  private waiting: SearchableTurn[] = [];
  private lost = false;

  /** To be called when a turn is settled. */
  note({ id, userId, sessionId, userMessageId, messageId }: TurnRecord, { stores }: Settlement): void {
    if (!stores) return;
    if (this.waiting.length < MAX_QUEUED_TURNS)
      this.waiting.push({ id, userId, sessionId, messageIds: [userMessageId, messageId] });
    else this.lost = true;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** The oldest. */
  take(limit: number): readonly SearchableTurn[] {
    return this.waiting.splice(0, limit);
  }

  /** To be tried again, before all others. */
  putBack(turns: readonly SearchableTurn[]): void {
    this.waiting.unshift(...turns);
  }

  /** Whether turns were left out since this was asked last. */
  hasLost(): boolean {
    const { lost } = this;
    this.lost = false;
    return lost;
  }
}
