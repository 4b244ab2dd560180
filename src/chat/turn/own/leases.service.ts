import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { FIRST_FENCE, type Lease } from '../../records/turn.js';

/** This instance's claims to turns and deletions that it begins. */
@Injectable()
export class Leases {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
  ) {}

  /** A first lease, from now on. */
  begin(): Lease {
    const expiresAt = new Date(this.clock.now() + this.config.turns.leaseMs);
    return { owner: this.instance.id, fence: FIRST_FENCE, expiresAt };
  }
}
