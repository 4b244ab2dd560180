import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../../../platform/clock.port.js';
import { BEAT, RepeatingTask } from '../../../platform/repeating-task.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { FIRST_CHECKPOINT_AFTER_MS, TurnStore, type Checkpoint } from '../../records/turn.store.port.js';
import type { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';

const CHECKPOINT_INTERVAL_MS = 1000;
/** Turns saved by one write: what it costs does not grow with the number of turns. With more of them each is saved less often. */
const CHECKPOINTS_PER_WRITE = 100;

/** Saves what the running turns of this instance have said, up to a hundred of them with one write. Nothing of it is awaited by a turn. */
@Injectable()
export class CheckpointService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(CHECKPOINT_INTERVAL_MS, () => this.saveCheckpoints(), BEAT);
  /** Checkpoints whose write failed; the next one takes them along. */
  private unsaved: Checkpoint[] = [];
  /** Turns that have not been looked at since all had been, the next one last: everybody is saved before anybody is again. */
  private round: LiveTurn[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly turns: LiveTurns,
    private readonly store: TurnStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async saveCheckpoints(): Promise<void> {
    const checkpoints = this.unsaved.filter(({ turnId }) => this.turns.find(turnId)?.isConcluded === false);
    checkpoints.push(...this.nextCheckpoints(CHECKPOINTS_PER_WRITE - checkpoints.length));
    if (checkpoints.length === 0) return;
    const write = this.write(checkpoints);
    for (const { turnId } of checkpoints) this.turns.find(turnId)?.savedBy(write);
    await write;
  }

  /** The next checkpoints of as many turns as are wanted; of fewer when all have been looked at and no more of them have anything new. */
  private nextCheckpoints(wanted: number): Checkpoint[] {
    const startedBefore = this.clock.now() - FIRST_CHECKPOINT_AFTER_MS;
    const found: Checkpoint[] = [];
    let refilled = false;
    while (found.length < wanted) {
      const turn = this.round.pop();
      if (turn !== undefined) {
        if (turn.record.startedAt.getTime() <= startedBefore) found.push(...turn.nextCheckpoint());
      } else if (refilled) {
        break;
      } else {
        refilled = true;
        this.round = this.turns.all().reverse();
      }
    }
    return found;
  }

  private async write(checkpoints: Checkpoint[]): Promise<void> {
    try {
      await this.store.appendCheckpoints(checkpoints);
      this.unsaved = [];
    } catch (error) {
      this.unsaved = checkpoints;
      this.log.warn({ err: error }, 'Checkpoints could not be saved; the next write takes them along');
    }
  }
}
