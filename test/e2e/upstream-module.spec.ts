import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ConfigModule } from '../../src/config/config.module.js';
import { Readiness } from '../../src/platform/health/readiness.service.js';
import { Drain } from '../../src/platform/lifecycle/drain.service.js';
import { createLog } from '../../src/platform/logging/create-log.js';
import { StructuredLog } from '../../src/platform/logging/structured-log.port.js';
import { MetricsRegistry } from '../../src/platform/metrics/metrics-registry.service.js';
import { UpstreamMetrics } from '../../src/platform/metrics/upstream-metrics.service.js';
import { TaskStore } from '../../src/tools/todo/task.store.port.js';
import { ProviderRegistry } from '../../src/upstream/chat-provider.port.js';
import { PROVIDER_NAMES } from '../../src/contract/provider.js';
import { UpstreamModule } from '../../src/upstream/upstream.module.js';
import type { UpstreamConfig } from '../../src/config/app-config.js';
import { NoTracing } from '../../src/platform/tracing/no-tracing.js';
import { Tracing } from '../../src/platform/tracing/tracing.port.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { textOf } from '../support/upstream/flowise-fixtures.js';
import { startFlowiseReplay } from '../support/upstream/flowise-replay.js';
import { MemoryTaskStore } from '../support/upstream/memory-task.store.js';
import { collect, providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';

const log = createLog({ level: 'silent' });

@Global()
@Module({
  providers: [
    { provide: TaskStore, useClass: MemoryTaskStore },
    { provide: StructuredLog, useValue: log },
    { provide: Tracing, useValue: new NoTracing() },
    { provide: UpstreamMetrics, useValue: new UpstreamMetrics(new MetricsRegistry()) },
    { provide: Readiness, useValue: new Readiness(new Drain({ delayMs: 0, graceMs: 0 }, log)) },
  ],
  exports: [TaskStore, StructuredLog, Tracing, UpstreamMetrics, Readiness],
})
class MemoryPersistenceModule {}

async function start(upstream: Partial<UpstreamConfig>) {
  const config = upstreamConfig({ assistantDelayMs: 0, ...upstream });
  const imports = [ConfigModule.register(config), MemoryPersistenceModule, UpstreamModule];
  const module = await Test.createTestingModule({ imports }).compile();
  await module.init();
  return { registry: module.get(ProviderRegistry), close: () => module.close() };
}

describe('UpstreamModule', () => {
  it('knows which upstreams are set up', async () => {
    const { registry, close } = await start({ flowise: undefined });
    expect(PROVIDER_NAMES.filter((name) => registry.isConfigured(name))).toEqual(['assistant']);
    // A chatflow may name its own server, so the others exist all the same.
    expect(PROVIDER_NAMES.map((name) => registry.get(name).name)).toEqual([...PROVIDER_NAMES]);
    await close();
  });

  it('gives each provider by its name, and they work', async () => {
    const replay = await startFlowiseReplay();
    const { registry, close } = await start({ flowise: { url: replay.url, apiKey: undefined } });
    expect(registry.isConfigured('flowise')).toBe(true);
    const answers = await Promise.all(
      (['assistant', 'flowise'] as const).map(async (name) => {
        const { events } = await collect(
          registry.get(name).call(providerRequest(), new AbortController().signal),
        );
        return [registry.get(name).name, textOf(events).slice(0, 5)];
      }),
    );
    expect(answers).toEqual([
      ['assistant', 'Hello'],
      ['flowise', 'Hello'],
    ]);
    await close();
    await replay.close();
  });

  it('closes every upstream connection when it shuts down', async () => {
    const replay = await startFlowiseReplay();
    replay.respondWith(flowise.hangAfter(['a']));
    const { registry, close } = await start({ flowise: { url: replay.url, apiKey: undefined } });
    const call = registry.get('flowise').call(providerRequest(), new AbortController().signal);
    const events = call.events[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    await Promise.all([close(), expect(next).rejects.toMatchObject({ code: 'upstream_failed' })]);
    await (
      await replay.request(0)
    ).closed;
    await replay.close();
  });
});
