import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { FIRST_FENCE, type TurnRecord } from '../../records/turn.js';
import { TurnStore } from '../../records/turn.store.port.js';
import { LiveTurns } from '../run/live-turns.js';

/**
 * Turns that were asked before their session was deleted and are there all the same: they were opened late, while their owner could not be heard, and
 * whoever asked was told that nothing was begun. They are about to be undone.
 */
@Injectable()
export class LateOpenings {
  constructor(
    private readonly config: AppConfig,
    private readonly running: LiveTurns,
    private readonly store: TurnStore,
  ) {}

  /**
   * Whether a turn whose owner is lost is one: nothing of it was kept, and nobody has watched it or was told of it. Where clocks differ, what was asked right behind a
   * deletion may count as before it: better that is undone than that deleted words come back.
   * @returns the deletion that it came behind
   */
  async deletionBefore(turn: TurnRecord): Promise<Date | undefined> {
    const hasBegun = turn.settlement !== undefined || turn.watchedUntil !== undefined;
    if (hasBegun || turn.isTold === true) return undefined;
    const deletedAt = await this.store.lastDeletion(turn);
    if (deletedAt === undefined || deletedAt <= turn.startedAt) return undefined;
    return (await this.store.checkpoints(turn)).length === 0 ? deletedAt : undefined;
  }

  /** Of a turn that a reader comes across. Costs a query only for one that runs elsewhere and of which it is not known that it has begun. */
  async mustNotBeSeen(turn: TurnRecord): Promise<boolean> {
    if (turn.status !== 'running' || this.running.find(turn.id) !== undefined) return false;
    if (this.wasRenewed(turn)) return false;
    return (await this.deletionBefore(turn)) !== undefined;
  }

  /** Only that of a turn which has begun is: by more than the opening itself may have taken. */
  private wasRenewed({ lease, startedAt }: TurnRecord): boolean {
    const { leaseMs } = this.config.turns;
    if (lease?.fence !== FIRST_FENCE) return false;
    return lease.expiresAt.getTime() - startedAt.getTime() > leaseMs + leaseMs / 4;
  }
}
