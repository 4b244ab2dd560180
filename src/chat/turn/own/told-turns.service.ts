import { Injectable } from '@nestjs/common';
import type { TurnRecord } from '../../records/turn.js';
import { TurnStore } from '../../records/turn.store.port.js';
import { LiveTurns } from '../run/live-turns.js';
import { LateOpenings } from './late-openings.service.js';

/**
 * Whoever opened a turn undoes it if it does not begin. Others that come across it meanwhile, a repeat by its key for one, cannot tell: before somebody is told of it, that
 * is written on it, and it stays. Either comes first.
 */
@Injectable()
export class ToldTurns {
  constructor(
    private readonly running: LiveTurns,
    private readonly store: TurnStore,
    private readonly late: LateOpenings,
  ) {}

  /** To be called before somebody is told of a turn who has not asked for it. @returns the turn as it is by now; undefined when it was undone, or is about to be */
  async keep(turn: TurnRecord): Promise<TurnRecord | undefined> {
    // One that was watched has begun, or somebody was told of it.
    const isSure = turn.isTold === true || turn.watchedUntil !== undefined;
    if (turn.status !== 'running' || isSure || this.running.find(turn.id) !== undefined) return turn;
    if (await this.late.mustNotBeSeen(turn)) return undefined;
    if (await this.store.noteTold(turn)) return turn;
    return this.store.find(turn.userId, turn.id);
  }
}
