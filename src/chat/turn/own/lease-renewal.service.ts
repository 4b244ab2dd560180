import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { isDatabaseExclusive } from '../../../config/exclusive-database.js';
import { Clock } from '../../../platform/clock.port.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { TurnStore } from '../../records/turn.store.port.js';
import { LiveTurns } from '../run/live-turns.js';

/** Renewals within one lease: two may fail before the lease is lost, and a lapsed one is noticed a quarter of it late at worst. */
const RENEWALS_PER_LEASE = 4;

/** Renews the leases of this instance's running turns, all with one write, where other processes could take them over. */
@Injectable()
export class LeaseRenewalService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private renewing = false;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
    private readonly turns: LiveTurns,
    private readonly store: TurnStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    // With a database of its own there is nobody who could take a turn over.
    if (isDatabaseExclusive(this.config)) return;
    const renewalMs = this.config.turns.leaseMs / RENEWALS_PER_LEASE;
    this.timer = setInterval(() => void this.renewLeases(), renewalMs).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * A lease that another instance has taken ends its turn here; so does one that could not be renewed until it had lapsed by this process's
   * own clock, because another instance may have taken it by then.
   */
  private async renewLeases(): Promise<void> {
    const { leaseMs } = this.config.turns;
    const turns = this.turns.all();
    const now = this.clock.now();
    for (const turn of turns) if (turn.leaseEndsAt <= now) turn.abort('lease-lost');
    const records = turns.map(({ record }) => record);
    if (records.length === 0 || this.renewing) return;
    this.renewing = true;
    try {
      const owned = await this.store.renewLeases(this.instance.id, records, new Date(now + leaseMs));
      for (const turn of turns) {
        if (owned.has(turn.record.id)) turn.leaseEndsAt = now + leaseMs;
        // One that has just ended is nobody's any more.
        else if (!turn.isConcluded) turn.abort('lease-lost');
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Leases could not be renewed');
    } finally {
      this.renewing = false;
    }
  }
}
