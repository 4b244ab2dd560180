import { Counter, Gauge } from 'prom-client';
import type { SpanCounts } from '../tracing/span-counts.js';
import type { MetricsRegistry } from './metrics-registry.service.js';

const RESULTS = ['exported', 'failed', 'dropped'] as const;

/** Shows whether traces arrive; nothing where there are none. */
export class TracingMetrics {
  constructor({ own }: MetricsRegistry, counts: SpanCounts | undefined) {
    if (counts === undefined) return;
    const registers = [own];
    // Counted where it happens, shown when somebody looks.
    new Counter({
      name: 'tollgate_trace_spans_total',
      help: 'Spans that were taken by the receiver, sent in vain, or dropped because too many waited',
      labelNames: ['result'],
      registers,
      collect() {
        this.reset();
        for (const result of RESULTS) this.inc({ result }, counts[result]);
      },
    });
    new Gauge({
      name: 'tollgate_trace_spans_waiting',
      help: 'Spans that have ended and wait for their export',
      registers,
      collect() {
        this.set(counts.waiting);
      },
    });
  }
}
