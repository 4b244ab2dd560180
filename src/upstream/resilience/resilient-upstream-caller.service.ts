import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UpstreamMetrics } from '../../platform/metrics/upstream-metrics.service.js';
import { Tracing } from '../../platform/tracing/tracing.port.js';
import { pause } from '../abortable.js';
import { ProviderRegistry } from '../chat-provider.port.js';
import { UpstreamCaller, type UpstreamCall, type UpstreamRoute } from '../upstream-caller.port.js';
import type { Chunking } from '../../contract/chunking.js';
import { pauseBefore } from './backoff.js';
import { Circuits } from './circuits.service.js';
import { AttemptSpan } from './attempt-span.js';
import { FailoverCall, type Route } from './failover-call.js';

/** Retries with growing pauses, then the next route; servers that keep failing are left alone for a while. */
@Injectable()
export class ResilientUpstreamCaller extends UpstreamCaller {
  constructor(
    private readonly config: AppConfig,
    private readonly providers: ProviderRegistry,
    private readonly circuits: Circuits,
    private readonly metrics: UpstreamMetrics,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  call(routes: AsyncIterable<UpstreamRoute>, signal: AbortSignal, chunking?: Chunking): UpstreamCall {
    return new FailoverCall(this.resolve(routes), {
      signal,
      retries: this.config.upstream.retries,
      chunking,
      pauseBefore: (retry, retryAfterSeconds) => pauseBefore(retry, retryAfterSeconds, Math.random()),
      pause,
      ...(this.tracing.isOn && { watch: (route, number) => new AttemptSpan(this.tracing, route, number) }),
      onRetry: ({ provider, request }, error, pauseMs) => {
        this.metrics.retried(provider.name);
        const { turnId, chatflowId } = request;
        this.log.warn(
          { turnId, chatflowId, provider: provider.name, pauseMs, err: error },
          'An upstream call failed and is repeated',
        );
      },
      onFallback: ({ provider, request }, error) => {
        this.metrics.fellBack(provider.name);
        const { turnId, chatflowId } = request;
        this.log.warn({ turnId, chatflowId, provider: provider.name, err: error }, 'The fallback is asked');
      },
    });
  }

  private async *resolve(routes: AsyncIterable<UpstreamRoute>): AsyncGenerator<Route> {
    for await (const { provider: name, request } of routes) {
      const provider = this.providers.get(name);
      yield { provider, request, circuit: this.circuits.of(provider, request) };
    }
  }
}
