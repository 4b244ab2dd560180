import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RevokedAccess } from '../../../auth/directory/revoked-access.service.js';
import { MAX_USER_STALENESS_MS, UserDirectory } from '../../../auth/directory/user-directory.port.js';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { Clock } from '../../../platform/clock.port.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { FollowedTurns } from '../follow/followed-turns.service.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnStore } from '../../records/turn.store.port.js';

const TOPIC = 'access.revoked';
/** What was being admitted when a user was disabled runs by then, also where the bus did not say so. */
const LOOK_AGAIN_AFTER_MS = MAX_USER_STALENESS_MS + 2000;

/**
 * Ends the turns of a user whose access was taken away, on every instance: at once over the bus, and by a wish on the turns themselves, which each
 * instance looks for once a second. Nothing is looked at while tokens stream.
 */
@Injectable()
export class RevokedTurns implements OnModuleInit, BeforeApplicationShutdown {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly access: RevokedAccess,
    private readonly directory: UserDirectory,
    private readonly bus: InstanceBus,
    private readonly live: LiveTurns,
    private readonly followed: FollowedTurns,
    private readonly store: TurnStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  onModuleInit(): void {
    this.bus.listen(TOPIC, (userId) => this.endHere(String(userId)));
    this.access.onRevoked(async (userId) => {
      this.lookAgainLater(userId);
      await this.endEverywhere(userId);
    });
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  private async endEverywhere(userId: string): Promise<void> {
    this.endHere(userId);
    this.bus.publish(TOPIC, userId);
    await this.store.revokeRunning(userId, new Date(this.clock.now()));
  }

  private endHere(userId: string): void {
    for (const turn of this.live.all()) if (turn.record.userId === userId) turn.abort('access-revoked');
    this.live.cutOff(userId);
    this.followed.cutOff(userId);
  }

  private lookAgainLater(userId: string): void {
    clearTimeout(this.timers.get(userId));
    const timer = setTimeout(() => void this.lookAgain(userId), LOOK_AGAIN_AFTER_MS).unref();
    this.timers.set(userId, timer);
  }

  /** Whoever was enabled, or has signed in again, is left alone. Never rejects. */
  private async lookAgain(userId: string): Promise<void> {
    this.timers.delete(userId);
    try {
      if ((await this.directory.find(userId))?.isDisabled === true) await this.endEverywhere(userId);
    } catch (error) {
      this.log.warn({ userId, err: error }, 'Late turns of a disabled user could not be looked for');
    }
  }
}
