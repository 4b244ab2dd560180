import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import { AppConfig } from '../config/app-config.js';
import { Clock, SystemClock } from './clock.port.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.service.js';
import { BodyBudget } from './http/body/body-budget.js';
import { RouteTable } from './http/routes/route-table.js';
import { HalfOpenPeers } from './http/silence/half-open-peers.service.js';
import { Drain } from './lifecycle/drain.service.js';
import { InFlightRequests } from './lifecycle/in-flight-requests.service.js';
import { StructuredLog } from './logging/structured-log.port.js';
import { InstanceMetrics } from './metrics/instance-metrics.service.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsRegistry } from './metrics/metrics-registry.service.js';
import { TurnMetrics } from './metrics/turn-metrics.service.js';
import { TracingMetrics } from './metrics/tracing-metrics.service.js';
import { FeedbackMetrics } from './metrics/feedback-metrics.service.js';
import { UpstreamMetrics } from './metrics/upstream-metrics.service.js';
import type { OpenTracing } from './tracing/open-tracing.js';
import { Tracing } from './tracing/tracing.port.js';

/** What every module may need: time, log, metrics, readiness and the orderly end. */
@Global()
@Module({})
export class PlatformModule {
  static register(log: StructuredLog, { tracing, counts }: OpenTracing): DynamicModule {
    const exported = [
      { provide: Clock, useClass: SystemClock },
      { provide: StructuredLog, useValue: log },
      { provide: Tracing, useValue: tracing },
      {
        provide: Drain,
        useFactory: ({ turns }: AppConfig) =>
          new Drain({ delayMs: turns.shutdownDelayMs, graceMs: turns.shutdownGraceMs }, log),
        inject: [AppConfig],
      },
      { provide: Readiness, useFactory: (drain: Drain) => new Readiness(drain), inject: [Drain] },
      MetricsRegistry,
      {
        provide: TurnMetrics,
        useFactory: (registry: MetricsRegistry) => new TurnMetrics(registry),
        inject: [MetricsRegistry],
      },
      {
        provide: FeedbackMetrics,
        useFactory: (registry: MetricsRegistry) => new FeedbackMetrics(registry),
        inject: [MetricsRegistry],
      },
      {
        provide: UpstreamMetrics,
        useFactory: (registry: MetricsRegistry) => new UpstreamMetrics(registry),
        inject: [MetricsRegistry],
      },
      {
        provide: InFlightRequests,
        useFactory: (drain: Drain) => new InFlightRequests(drain),
        inject: [Drain],
      },
      { provide: BodyBudget, useFactory: () => new BodyBudget() },
      {
        provide: RouteTable,
        useFactory: (discovery: DiscoveryService, adapter: HttpAdapterHost) =>
          new RouteTable(discovery, adapter),
        inject: [DiscoveryService, HttpAdapterHost],
      },
      {
        provide: InstanceMetrics,
        useFactory: (registry: MetricsRegistry, readiness: Readiness, { database }: AppConfig) =>
          new InstanceMetrics(
            registry,
            readiness,
            database.mongodbUri === undefined ? database.dataDir : undefined,
          ),
        inject: [MetricsRegistry, Readiness, AppConfig],
      },
      {
        provide: TracingMetrics,
        useFactory: (registry: MetricsRegistry) => new TracingMetrics(registry, counts),
        inject: [MetricsRegistry],
      },
      { provide: HalfOpenPeers, useFactory: () => new HalfOpenPeers(log) },
    ];
    return {
      module: PlatformModule,
      imports: [DiscoveryModule],
      controllers: [HealthController, MetricsController],
      providers: exported,
      exports: exported,
    };
  }
}
