/** What a span says about its work. Never content, a user, a token, an address that somebody chose, or the words of an error. */
export type SpanAttributes = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** `server` and `client`: the two ends of a call between processes. */
export type SpanKind = 'internal' | 'server' | 'client';

/** How the place of a span in its trace goes from process to process: `traceparent` and `tracestate` of W3C Trace Context. */
export type TraceCarrier = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** Where it belongs instead of below the current span; without a sound `traceparent` it begins a trace. */
  readonly parent?: TraceCarrier;
}

/** A piece of work with a beginning and an end. What is called after `end()` has no effect. */
export interface Span {
  /** Whether anybody will see it. One that is not recorded still has its place in a trace, but is never the current one. */
  readonly isRecorded: boolean;
  /** Members that are undefined are left out. */
  note(attributes: SpanAttributes): void;
  /** That another trace has to do with it. @param traceparent one that is not sound is passed over */
  link(traceparent: string | undefined): void;
  rename(name: string): void;
  /** Of an error only its code or class is told. What a user has done wrong is no failure of the work. */
  fail(error: unknown): void;
  end(): void;
  /** Runs `work`, and whatever that awaits, with this as the current span. */
  within<T>(work: () => T): T;
  /** What a process that works for this span is to be told; empty where nothing is traced. */
  readonly carrier: Readonly<Record<string, string>>;
  /** For the log. */
  readonly ids: { readonly trace_id: string; readonly span_id: string } | undefined;
}

/** Tells where the time of a turn goes. Switched off, each call does nothing at all but run the work. */
export abstract class Tracing {
  abstract readonly isOn: boolean;

  /** The span within which this is called; one without effect where there is none. */
  abstract get current(): Span;

  /** Whether there is a current span that records, so that what is done below it is worth one of its own. */
  abstract get isActive(): boolean;

  /** Begins a span; its starter ends it. Without effect where there is neither a current span nor a `parent`: what nobody traces begins no trace. */
  abstract begin(name: string, options?: SpanOptions): Span;

  /** Runs `work` as a span below the current one. What it rejects with marks the span. */
  abstract span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;

  /** The same where there is a current span that records, else only the work: for what also happens by itself, again and again. */
  within<T>(name: string, options: () => SpanOptions, work: () => Promise<T>): Promise<T> {
    return this.isActive ? this.span(name, options(), work) : work();
  }
}
