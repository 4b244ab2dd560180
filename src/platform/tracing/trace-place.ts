import { ROOT_CONTEXT, trace, type Context, type SpanContext } from '@opentelemetry/api';
import { parseTraceParent, TraceState } from '@opentelemetry/core';
import type { TraceCarrier } from './tracing.port.js';

/** A trace that others began may carry as much as W3C Trace Context says; longer ones are dropped by whoever parses them. */
const MAX_TRACESTATE_CHARACTERS = 512;

/** @returns the place of a span in another process; without one a trace begins */
export function contextOf({ traceparent, tracestate }: TraceCarrier): Context {
  const parsed = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  if (parsed === null) return ROOT_CONTEXT;
  const state = typeof tracestate === 'string' ? tracestate : tracestate?.join(',');
  const isKept = state !== undefined && state.length <= MAX_TRACESTATE_CHARACTERS;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...parsed,
    isRemote: true,
    ...(isKept ? { traceState: new TraceState(state) } : {}),
  });
}

/** How others are told of a place. */
export function carrierOf({ traceId, spanId, traceFlags, traceState }: SpanContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`;
  const tracestate = traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}
