import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { StructuredLog } from '../logging/structured-log.port.js';
import { errorTypeOf } from './error-type.js';
import type { SpanCounts } from './span-counts.js';

/** Counts what is exported, and says once when that begins to fail, and once when it works again: the SDK says neither. */
export class ToldExporter implements SpanExporter {
  private isFailing = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly counts: SpanCounts,
    private readonly log: StructuredLog,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      const hasWorked = result.code === ExportResultCode.SUCCESS;
      this.counts[hasWorked ? 'exported' : 'failed'] += spans.length;
      this.counts.waiting -= spans.length;
      this.tell(hasWorked, result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private tell(hasWorked: boolean, error: unknown): void {
    if (hasWorked !== this.isFailing) return;
    this.isFailing = !hasWorked;
    if (hasWorked) this.log.warn({}, 'Traces are taken again');
    // Its words may hold an address with credentials.
    else
      this.log.error(
        { cause: errorTypeOf(error) },
        'The receiver of traces does not take them: they are lost meanwhile',
      );
  }
}
