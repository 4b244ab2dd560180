import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Readiness } from '../platform/health/readiness.service.js';
import { Drain } from '../platform/lifecycle/drain.service.js';
import { newId } from '../platform/ids.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.service.js';
import { Tracing } from '../platform/tracing/tracing.port.js';
import { Clock } from '../platform/clock.port.js';
import { BusMetrics } from './bus-metrics.service.js';
import { ChangeFeed } from './change-feed.service.js';
import { InstanceBus } from './instance-bus.port.js';
import { InstanceId } from './instance-id.js';
import { InstanceStatus } from './instance-status.service.js';
import { LimitMetrics } from './limits/limit-metrics.service.js';
import { SharedPlaces } from './limits/shared-places.service.js';
import { NoSharedScripts, SharedScripts } from './limits/shared-scripts.port.js';
import { LocalBus } from './local-bus.js';
import { SharedCaches } from './shared-caches.service.js';

/** Who this instance is, and how it talks to the others. */
@Global()
@Module({
  providers: [
    { provide: InstanceId, useFactory: () => new InstanceId(newId()) },
    {
      provide: InstanceBus,
      useFactory: async (
        { cluster: { redis } }: AppConfig,
        instance: InstanceId,
        registry: MetricsRegistry,
        log: StructuredLog,
        tracing: Tracing,
      ): Promise<InstanceBus> => {
        if (redis === undefined) return new LocalBus();
        // Loaded only where it is used: it takes a tenth of a second.
        const { RedisBus } = await import('./redis/redis-bus.service.js');
        return new RedisBus(redis, instance.id, new BusMetrics(registry), log, tracing);
      },
      inject: [AppConfig, InstanceId, MetricsRegistry, StructuredLog, Tracing],
    },
    {
      provide: InstanceStatus,
      useFactory: (drain: Drain, bus: InstanceBus) => new InstanceStatus(drain, bus),
      inject: [Drain, InstanceBus],
    },
    { provide: ChangeFeed, useFactory: (bus: InstanceBus) => new ChangeFeed(bus), inject: [InstanceBus] },
    {
      provide: SharedCaches,
      useFactory: (changes: ChangeFeed, clock: Clock) => new SharedCaches(changes, clock),
      inject: [ChangeFeed, Clock],
    },
    {
      provide: SharedScripts,
      useFactory: async (
        { cluster: { redis } }: AppConfig,
        bus: InstanceBus,
        registry: MetricsRegistry,
        log: StructuredLog,
        tracing: Tracing,
      ): Promise<SharedScripts> => {
        if (redis === undefined) return new NoSharedScripts();
        const [{ RedisBus }, { RedisScripts }] = await Promise.all([
          import('./redis/redis-bus.service.js'),
          import('./redis/redis-scripts.js'),
        ]);
        // A bus that a test has put there shares nothing.
        if (!(bus instanceof RedisBus)) return new NoSharedScripts();
        return new RedisScripts(bus, redis, new LimitMetrics(registry), log, tracing);
      },
      inject: [AppConfig, InstanceBus, MetricsRegistry, StructuredLog, Tracing],
    },
    SharedPlaces,
  ],
  exports: [InstanceId, InstanceBus, InstanceStatus, ChangeFeed, SharedCaches, SharedScripts, SharedPlaces],
})
export class ClusterModule implements OnModuleInit {
  constructor(
    private readonly bus: InstanceBus,
    private readonly readiness: Readiness,
  ) {}

  /** Said beside the checks and not one of them: without the bus turns are admitted and settled all the same. */
  onModuleInit(): void {
    this.readiness.describe('bus', (): Record<string, string> => {
      const { state } = this.bus;
      return state === 'alone' ? {} : { redis: state };
    });
  }
}
