import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RevokedAccess } from '../../../auth/directory/revoked-access.service.js';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { Clock } from '../../../platform/clock.port.js';
import { FollowedTurns } from '../follow/followed-turns.service.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnStore } from '../../records/turn.store.port.js';

const TOPIC = 'access.revoked';

/**
 * Ends the turns of a user whose access was taken away, on every instance: at once over the bus, and by a wish on the turns themselves, which each
 * instance looks for once a second. What was being admitted meanwhile `AuthorityWatch` finds. Nothing is looked at while tokens stream.
 */
@Injectable()
export class RevokedTurns implements OnModuleInit {
  constructor(
    private readonly access: RevokedAccess,
    private readonly bus: InstanceBus,
    private readonly live: LiveTurns,
    private readonly followed: FollowedTurns,
    private readonly store: TurnStore,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.bus.listen(TOPIC, (userId) => this.endHere(String(userId)));
    this.access.onRevoked((userId) => this.endEverywhere(userId));
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
}
