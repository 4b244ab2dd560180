import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanCounts } from './span-counts.js';

/** Lets as many spans wait for their export, those on their way among them, as may: a receiver that is gone costs no memory. */
export class BoundedProcessor implements SpanProcessor {
  constructor(
    private readonly processor: SpanProcessor,
    private readonly counts: SpanCounts,
    private readonly maxWaiting: number,
  ) {}

  onStart(): void {
    // Nothing is done with a span before its end.
  }

  onEnd(span: ReadableSpan): void {
    if (this.counts.waiting >= this.maxWaiting) {
      this.counts.dropped += 1;
      return;
    }
    this.counts.waiting += 1;
    this.processor.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.processor.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.processor.shutdown();
  }
}
