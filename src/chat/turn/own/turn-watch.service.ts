import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { BEAT, RepeatingTask } from '../../../platform/repeating-task.js';
import { isDatabaseExclusive } from '../../../config/exclusive-database.js';
import type { RemoteReaders } from '../log/running-streams.port.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnStore, type TurnKey } from '../../records/turn.store.port.js';

const LOOK_INTERVAL_MS = 1000;
/** A look of another instance may come this much late. */
const LATE_MS = 250;
/** How long a turn counts as watched after somebody was seen to; two looks may be late or fail. */
export const WATCHED_FOR_MS = 3000;

/**
 * Between instances: says which turns are watched here, wherever they run, and ends those of this instance that somebody wants stopped
 * elsewhere. One query a second for all turns; none where no other instance can be.
 */
@Injectable()
export class TurnWatch implements RemoteReaders, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly looks = new RepeatingTask(LOOK_INTERVAL_MS, () => this.look(), BEAT);
  /** Turns of other instances with readers here, once for each stream that follows one. */
  private readonly followed = new Set<TurnKey>();
  /** Until when the turns of this instance were said to be watched because of readers here, epoch milliseconds. */
  private marks: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
    private readonly turns: LiveTurns,
    private readonly store: TurnStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    if (isDatabaseExclusive(this.config)) return;
    this.looks.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.looks.stop();
  }

  /** Readers here follow a turn that runs elsewhere. @returns to be called when none does any more */
  follow(turn: TurnKey): () => void {
    const following = { id: turn.id, userId: turn.userId };
    this.followed.add(following);
    return () => this.followed.delete(following);
  }

  /**
   * Whether somebody on another instance watches a turn of this one that nobody watches here. Takes as long as the others have time to say
   * so. Never rejects: what is not known counts as watched.
   */
  async isWatchedElsewhere({ id, userId }: TurnKey): Promise<boolean> {
    if (isDatabaseExclusive(this.config)) return false;
    const markedHere = this.marks.get(id) ?? 0;
    await delay(LOOK_INTERVAL_MS + LATE_MS);
    try {
      const until = (await this.store.find(userId, id))?.watchedUntil?.getTime() ?? 0;
      return until > markedHere;
    } catch (error) {
      this.log.warn({ turnId: id, err: error }, 'Whether a turn is watched elsewhere is not known');
      return true;
    }
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    try {
      for (const { id, reason } of await this.store.findStopRequested(this.instance.id))
        this.turns.find(id)?.abort(reason ?? 'stopped');
      await this.mark();
    } catch (error) {
      this.log.warn({ err: error }, 'Wishes of other instances could not be looked at');
    }
  }

  private async mark(): Promise<void> {
    const watched: TurnKey[] = [...this.followed];
    const now = this.clock.now();
    // Young ones count as watched anyway, and most turns end young.
    const here = this.turns
      .all()
      .filter(
        ({ record, stream }) =>
          stream.readerCount > 0 && now - record.startedAt.getTime() >= LOOK_INTERVAL_MS,
      );
    watched.push(...here.map(({ record }) => record));
    const until = now + WATCHED_FOR_MS;
    this.marks = new Map(here.map(({ record }) => [record.id, until]));
    if (watched.length > 0) await this.store.renewWatched(watched, new Date(until));
  }
}
