import { Injectable } from '@nestjs/common';
import type { TurnRecord } from '../../records/turn.js';

/** What is needed to find a turn again, or to find that it was never opened. */
export type AbandonedTurn = Pick<TurnRecord, 'id' | 'userId' | 'sessionId'>;

/**
 * Turns of this instance that could not be settled by whoever ran or opened them; their leases are this instance's own, so that recovery would
 * not come across them by itself.
 */
@Injectable()
export class AbandonedTurns {
  private readonly turns = new Map<string, AbandonedTurn>();

  /** Leaves a turn, which no longer runs, or whose opening may not have been made, to the next pass of recovery. */
  add({ id, userId, sessionId }: AbandonedTurn): void {
    this.turns.set(id, { id, userId, sessionId });
  }

  /** A copy: what fails while it is gone through is added again, for the next pass. */
  list(): AbandonedTurn[] {
    return [...this.turns.values()];
  }

  remove(turnId: string): void {
    this.turns.delete(turnId);
  }
}
