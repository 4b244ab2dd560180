import type { TracingConfig } from '../../config/app-config.js';
import type { StructuredLog } from '../logging/structured-log.port.js';
import { NoTracing } from './no-tracing.js';
import type { SpanCounts } from './span-counts.js';
import type { Tracing } from './tracing.port.js';

export interface OpenTracing {
  readonly tracing: Tracing;
  /** Absent where nothing is traced. */
  readonly counts?: SpanCounts;
  /** Sends what has ended, within two seconds at most. Never rejects. */
  close(): Promise<void>;
}

/** @param config absent: nothing is traced, and OpenTelemetry is not even loaded */
export async function openTracing(
  config: TracingConfig | undefined,
  log: StructuredLog,
): Promise<OpenTracing> {
  if (config === undefined) return { tracing: new NoTracing(), close: () => Promise.resolve() };
  const { startSdk } = await import('./otel-sdk.js');
  return startSdk(config, log);
}
