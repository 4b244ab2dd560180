import type { SpanContext } from '@opentelemetry/api';
import { carrierOf } from './trace-place.js';
import { NO_SPAN } from './no-tracing.js';
import type { Span } from './tracing.port.js';

/** A span of a trace that is not recorded: it has a place to tell to others, and nothing else. */
export function unrecordedSpan(place: SpanContext): Span {
  return {
    ...NO_SPAN,
    carrier: carrierOf(place),
    ids: { trace_id: place.traceId, span_id: place.spanId },
  };
}
