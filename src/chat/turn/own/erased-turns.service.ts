import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { FollowedTurns } from '../follow/followed-turns.service.js';
import { LiveTurns } from '../run/live-turns.js';

const TOPIC = 'turns.erased';
/** Of one message between instances, which holds 64 K characters: an id has 36. */
const IDS_PER_MESSAGE = 1000;

/**
 * What instances keep in memory of turns whose words are deleted: here it is gone at once, elsewhere as soon as the bus says so, without it when the
 * minute is over for which an ended turn is kept.
 */
@Injectable()
export class ErasedTurns implements OnModuleInit {
  constructor(
    private readonly bus: InstanceBus,
    private readonly live: LiveTurns,
    private readonly followed: FollowedTurns,
  ) {}

  onModuleInit(): void {
    this.bus.listen(TOPIC, (ids) => {
      if (Array.isArray(ids)) this.eraseHere(ids.filter((id) => typeof id === 'string'));
    });
  }

  erase(turnIds: readonly string[]): void {
    this.eraseHere(turnIds);
    for (let from = 0; from < turnIds.length; from += IDS_PER_MESSAGE)
      this.bus.publish(TOPIC, turnIds.slice(from, from + IDS_PER_MESSAGE));
  }

  private eraseHere(turnIds: readonly string[]): void {
    this.live.erase(turnIds);
    this.followed.erase(turnIds);
  }
}
