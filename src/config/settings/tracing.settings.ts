import { baseUrl, line, oneOf, url, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';
import { attributePairs, headerPairs, ratio, type Pairs } from '../schema/tracing-kinds.js';

/** As OpenTelemetry names them. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** How the spans leave this process. */
export interface TraceExportConfig {
  /** Where traces are posted to, whole. */
  readonly url: string;
  readonly headers: Pairs;
  readonly timeoutMs: number;
  readonly compression: 'none' | 'gzip';
}

export interface TracingConfig {
  readonly export: TraceExportConfig;
  /** What describes this process, `service.name` among it. */
  readonly resource: Pairs;
  readonly sampler: SamplerName;
  /** For those samplers that take a share. */
  readonly sampledShare: number;
  /** Ended spans that wait for their export; what comes beyond is dropped, and counted. */
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly batchDelayMs: number;
}

const FLAGS = ['true', 'false'] as const;
const PROTOCOLS = ['http/protobuf'] as const;
const COMPRESSIONS = ['none', 'gzip'] as const;
const TRACES_PATH = '/v1/traces';
const DEFAULT_TIMEOUT_MS = 10_000;

const milliseconds = () => wholeNumber({ min: 1, max: 600_000 });

/** OpenTelemetry's own names, so that what sets them for every service of a platform holds here too. */
export const TRACING = concern({
  title: 'Tracing',
  settings: {
    endpoint: setting('OTEL_EXPORTER_OTLP_ENDPOINT', baseUrl(), {
      about:
        'A receiver of OTLP over HTTP, e.g. http://collector:4318: each turn becomes a trace, posted to /v1/traces below it. Never any content, user or token (docs/operating/tracing.md). Unset, and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT too: no tracing, at no cost.',
    }),
    tracesEndpoint: setting('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', url(), {
      about: 'The whole URL where traces are posted to, in place of the one above.',
    }),
    headers: setting('OTEL_EXPORTER_OTLP_HEADERS', headerPairs(), {
      secret: true,
      about: 'Headers of each export, e.g. api-key=secret.',
    }),
    tracesHeaders: setting('OTEL_EXPORTER_OTLP_TRACES_HEADERS', headerPairs(), {
      secret: true,
      about: 'Likewise; of the same name these count.',
    }),
    timeout: setting('OTEL_EXPORTER_OTLP_TIMEOUT', milliseconds(), {
      default: DEFAULT_TIMEOUT_MS,
      about: 'How long an export may take, in milliseconds.',
    }),
    tracesTimeout: setting('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', milliseconds(), {
      about: 'Likewise; counts before the one above.',
    }),
    compression: setting('OTEL_EXPORTER_OTLP_COMPRESSION', oneOf(COMPRESSIONS), {
      default: 'none',
      about: 'Whether exports are compressed.',
    }),
    tracesCompression: setting('OTEL_EXPORTER_OTLP_TRACES_COMPRESSION', oneOf(COMPRESSIONS), {
      about: 'Likewise; counts before the one above.',
    }),
    protocol: setting('OTEL_EXPORTER_OTLP_PROTOCOL', oneOf(PROTOCOLS), {
      about: 'There is only this one: gRPC and JSON are refused at start.',
      default: 'http/protobuf',
    }),
    tracesProtocol: setting('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', oneOf(PROTOCOLS), {
      about: 'Likewise.',
    }),
    exporter: setting('OTEL_TRACES_EXPORTER', oneOf(['otlp', 'none']), {
      default: 'otlp',
      about: 'none switches tracing off.',
    }),
    disabled: setting('OTEL_SDK_DISABLED', oneOf(FLAGS), {
      default: 'false',
      about: 'true switches tracing off.',
    }),
    serviceName: setting('OTEL_SERVICE_NAME', line('a name'), {
      about:
        'What this service is called in traces; tollgate if neither this nor OTEL_RESOURCE_ATTRIBUTES says.',
    }),
    resource: setting('OTEL_RESOURCE_ATTRIBUTES', attributePairs(), {
      about: 'What else describes this process in traces, e.g. deployment.environment.name=prod.',
    }),
    sampler: setting('OTEL_TRACES_SAMPLER', oneOf(SAMPLERS), {
      default: 'parentbased_always_on',
      about:
        "Which traces are recorded. parentbased_…: as the client's traceparent says, if it sends one; the others do not believe it.",
    }),
    sampledShare: setting('OTEL_TRACES_SAMPLER_ARG', ratio(), {
      default: 1,
      about: 'The share for …traceidratio.',
    }),
    maxQueueSize: setting('OTEL_BSP_MAX_QUEUE_SIZE', wholeNumber({ min: 1, max: 100_000 }), {
      default: 2048,
      about: 'Ended spans that wait for their export at most; those beyond are dropped, and counted.',
    }),
    maxBatchSize: setting('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', wholeNumber({ min: 1, max: 100_000 }), {
      default: 512,
      about: 'Spans in one export.',
    }),
    batchDelay: setting('OTEL_BSP_SCHEDULE_DELAY', milliseconds(), {
      default: 5000,
      about: 'Pause between two exports, in milliseconds.',
    }),
  },
  compose: (values, { fail }): TracingConfig | undefined => {
    const { endpoint, tracesEndpoint } = values;
    if (values.maxBatchSize > values.maxQueueSize)
      fail('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'must not be above OTEL_BSP_MAX_QUEUE_SIZE');
    const address = tracesEndpoint ?? (endpoint === undefined ? undefined : endpoint + TRACES_PATH);
    if (address === undefined || values.disabled === 'true' || values.exporter === 'none') return undefined;
    const { resource = {} } = values;
    return {
      export: {
        url: address,
        headers: { ...values.headers, ...values.tracesHeaders },
        timeoutMs: values.tracesTimeout ?? values.timeout,
        compression: values.tracesCompression ?? values.compression,
      },
      resource: { ...resource, 'service.name': values.serviceName ?? resource['service.name'] ?? 'tollgate' },
      sampler: values.sampler,
      sampledShare: values.sampledShare,
      maxQueueSize: values.maxQueueSize,
      maxBatchSize: values.maxBatchSize,
      batchDelayMs: values.batchDelay,
    };
  },
});
