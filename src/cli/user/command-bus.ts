import { BusMetrics } from '../../cluster/bus-metrics.service.js';
import type { InstanceBus } from '../../cluster/instance-bus.port.js';
import { LocalBus } from '../../cluster/local-bus.js';
import type { RedisConfig } from '../../config/app-config.js';
import { newId } from '../../platform/ids.js';
import type { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.service.js';
import { NoTracing } from '../../platform/tracing/no-tracing.js';

/** Until the instances can be told; without that they see a change within ten seconds. */
const MAX_WAIT_MS = 3000;
const LOOK_EVERY_MS = 20;
/** Until what was said is on its way. */
const LAST_WORDS_MS = 100;

/** The bus of the instances for a command, which says what has changed and goes. */
export async function openBus(
  redis: RedisConfig | undefined,
  log: StructuredLog,
): Promise<{ readonly bus: InstanceBus; close(): Promise<void> }> {
  if (redis === undefined) return { bus: new LocalBus(), close: () => Promise.resolve() };
  const { RedisBus } = await import('../../cluster/redis/redis-bus.service.js');
  const bus = new RedisBus(redis, newId(), new BusMetrics(new MetricsRegistry()), log, new NoTracing());
  bus.onModuleInit();
  const deadline = performance.now() + MAX_WAIT_MS;
  while (bus.state !== 'up' && performance.now() < deadline) await pause(LOOK_EVERY_MS);
  return {
    bus,
    close: async () => {
      await pause(LAST_WORDS_MS);
      await bus.onApplicationShutdown();
    },
  };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
