import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import type { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import type { TraceExportConfig, TracingConfig } from '../../config/settings/tracing.settings.js';
import type { StructuredLog } from '../logging/structured-log.port.js';
import { PRODUCT_VERSION } from '../product-version.js';
import { BoundedProcessor } from './bounded-processor.js';
import type { OpenTracing } from './open-tracing.js';
import { OtelTracing } from './otel-tracing.js';
import { SpanCounts } from './span-counts.js';
import { ToldExporter } from './told-exporter.js';

/** What still waits at the end of the process is sent within this time, or lost. */
const FLUSH_MS = 2000;
/** Of one attribute; ours are ids and names, and only an upstream's name of its model is anybody else's. */
const MAX_ATTRIBUTE_CHARACTERS = 256;

/** OpenTelemetry's SDK as the settings say. Loaded only when they do: nothing else imports it. */
export function startSdk(config: TracingConfig, log: StructuredLog): OpenTracing {
  const counts = new SpanCounts();
  const exporter = new ToldExporter(exporterOf(config.export), counts, log);
  const batches = new BatchSpanProcessor(exporter, {
    maxQueueSize: config.maxQueueSize,
    maxExportBatchSize: config.maxBatchSize,
    scheduledDelayMillis: config.batchDelayMs,
    exportTimeoutMillis: config.export.timeoutMs,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ ...config.resource, 'service.version': PRODUCT_VERSION }),
    sampler: samplerOf(config),
    spanProcessors: [new BoundedProcessor(batches, counts, config.maxQueueSize)],
    generalLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARACTERS },
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_CHARACTERS },
  });
  return {
    tracing: new OtelTracing(provider.getTracer('tollgate', PRODUCT_VERSION)),
    counts,
    close: () => withinTime(provider.shutdown()),
  };
}

function exporterOf({ url, headers, timeoutMs, compression }: TraceExportConfig): OTLPTraceExporter {
  return new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: timeoutMs,
    compression: compression as CompressionAlgorithm,
    // Said here, or the SDK looks into the environment by itself.
    httpAgentOptions: { keepAlive: true },
  });
}

function samplerOf({ sampler, sampledShare }: TracingConfig): Sampler {
  const name = sampler.replace('parentbased_', '');
  const root =
    name === 'always_on'
      ? new AlwaysOnSampler()
      : name === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(sampledShare);
  if (sampler.startsWith('parentbased_')) return new ParentBasedSampler({ root });
  return withinOneTrace(root);
}

/** The client is not believed; within this product a trace is recorded whole or not at all. */
function withinOneTrace(root: Sampler): Sampler {
  return new ParentBasedSampler({ root, remoteParentSampled: root, remoteParentNotSampled: root });
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  // A receiver that does not take them was told of already.
  await Promise.race([work.catch(() => undefined), over]);
  clearTimeout(timer);
}
