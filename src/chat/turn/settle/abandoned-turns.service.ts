import { Injectable } from '@nestjs/common';
import type { TurnRecord } from '../../records/turn.js';
import type { UnbegunTurn } from './unbegun-turns.service.js';

/** What is needed to find a turn again, or to find that it was never opened. */
export type AbandonedTurn = Pick<TurnRecord, 'id' | 'userId' | 'sessionId'>;

/** One that recovery is to see to. */
export interface Abandoned {
  readonly turn: AbandonedTurn;
  /** Of a turn that never began: it is undone, not brought to an end. */
  readonly unbegun?: UnbegunTurn;
}

/**
 * Turns of this instance that could not be settled by whoever ran or opened them; their leases are this instance's own, so that recovery would
 * not come across them by itself.
 */
@Injectable()
export class AbandonedTurns {
  private readonly turns = new Map<string, Abandoned>();

  /** Leaves a turn, which no longer runs, to the next pass of recovery. */
  add({ id, userId, sessionId }: AbandonedTurn): void {
    this.turns.set(id, { turn: { id, userId, sessionId } });
  }

  /** Leaves a turn that never begins, and whose opening may not have been made, to the next pass of recovery. */
  addUnbegun({ turn: { id, userId, sessionId }, charge, conversation }: UnbegunTurn): void {
    const turn = { id, userId, sessionId };
    this.turns.set(id, { turn, unbegun: { turn, charge, conversation } });
  }

  /** A copy: what fails while it is gone through stays, or is added again, for the next pass. */
  list(): Abandoned[] {
    return [...this.turns.values()];
  }

  remove(turnId: string): void {
    this.turns.delete(turnId);
  }
}
