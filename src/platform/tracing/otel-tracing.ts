import {
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  type Context,
  type Tracer,
} from '@opentelemetry/api';
import type * as otel from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { currentSpan, recordedBegan, recordedEnded } from './current-span.js';
import { errorTypeOf, isRefusal } from './error-type.js';
import { NO_SPAN } from './no-tracing.js';
import { carrierOf, contextOf } from './trace-place.js';
import { Tracing, type Span, type SpanAttributes, type SpanOptions } from './tracing.port.js';
import { unrecordedSpan } from './unrecorded-span.js';

const KINDS = { internal: Kind.INTERNAL, server: Kind.SERVER, client: Kind.CLIENT } as const;

/** One that is recorded. */
class OtelSpan implements Span {
  readonly isRecorded = true;
  private hasEnded = false;

  constructor(private readonly span: otel.Span) {
    recordedBegan();
  }

  get isOpen(): boolean {
    return !this.hasEnded;
  }

  get context(): Context {
    return trace.setSpan(ROOT_CONTEXT, this.span);
  }

  get carrier(): Readonly<Record<string, string>> {
    return carrierOf(this.span.spanContext());
  }

  get ids(): { readonly trace_id: string; readonly span_id: string } {
    const { traceId, spanId } = this.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  note(attributes: SpanAttributes): void {
    if (!this.isOpen) return;
    for (const name in attributes) {
      const value = attributes[name];
      if (value !== undefined) this.span.setAttribute(name, value as otel.AttributeValue);
    }
  }

  link(traceparent: string | undefined): void {
    const context = traceparent === undefined ? null : parseTraceParent(traceparent);
    if (context !== null && this.isOpen) this.span.addLink({ context: { ...context, isRemote: true } });
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  fail(error: unknown): void {
    this.note({ 'error.type': errorTypeOf(error) });
    if (!isRefusal(error)) this.span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.span.end();
    recordedEnded();
  }

  within<T>(work: () => T): T {
    return currentSpan.run(this, work);
  }
}

/** Spans of OpenTelemetry's SDK. Nothing of it is global: several applications in one process keep apart. */
export class OtelTracing extends Tracing {
  readonly isOn = true;

  constructor(private readonly tracer: Tracer) {
    super();
  }

  get current(): Span {
    return currentSpan.getStore() ?? NO_SPAN;
  }

  get isActive(): boolean {
    const span = currentSpan.getStore();
    return span instanceof OtelSpan && span.isOpen;
  }

  begin(name: string, { kind = 'internal', attributes, parent }: SpanOptions = {}): Span {
    const above = currentSpan.getStore();
    const context =
      parent !== undefined ? contextOf(parent) : above instanceof OtelSpan ? above.context : undefined;
    if (context === undefined) return NO_SPAN;
    const options = { kind: KINDS[kind], attributes: attributes as otel.Attributes };
    const span = this.tracer.startSpan(name, options, context);
    return span.isRecording() ? new OtelSpan(span) : unrecordedSpan(span.spanContext());
  }

  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const span = this.begin(name, options);
    if (!span.isRecorded) return work(span);
    // An asynchronous function keeps its parameters until it ends: `work` may hold what an open stream must not keep.
    return untilOver(
      span,
      span.within(() => work(span)),
    );
  }
}

async function untilOver<T>(span: Span, over: Promise<T>): Promise<T> {
  try {
    return await over;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
