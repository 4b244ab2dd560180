import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.port.js';
import type { TurnRecord } from '../../records/turn.js';
import { TurnStore } from '../../records/turn.store.port.js';
import { LiveTurns } from '../run/live-turns.js';

/** A turn that nobody watches so long after it was asked has either lost its client, or was opened late. */
const WATCHED_WITHIN_MS = 1000;

/**
 * Turns that were asked before their session was deleted and are there all the same: they were opened late, while their owner could not be heard, and
 * whoever asked was told that nothing was begun. They are about to be undone.
 */
@Injectable()
export class LateOpenings {
  constructor(
    private readonly running: LiveTurns,
    private readonly store: TurnStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Of a turn whose owner is lost: nothing of it was kept, and nobody was told of it. One that has waited for the end of a deletion is dated behind that. Where clocks
   * differ, what was asked right behind a deletion may count as before it: better that is undone than that deleted words come back.
   */
  async isOne(turn: TurnRecord): Promise<boolean> {
    if (turn.settlement !== undefined || turn.isTold === true) return false;
    if (!(await this.store.wasDeletedBehind(turn, turn.startedAt))) return false;
    return (await this.store.checkpoints(turn)).length === 0;
  }

  /** Of a turn that a reader comes across. Costs a query only for one that nobody watches a second after it was asked. */
  async mustNotBeSeen(turn: TurnRecord): Promise<boolean> {
    if (turn.status !== 'running' || turn.watchedUntil !== undefined) return false;
    if (this.running.find(turn.id) !== undefined) return false;
    if (this.clock.now() - turn.startedAt.getTime() <= WATCHED_WITHIN_MS) return false;
    return this.isOne(turn);
  }
}
