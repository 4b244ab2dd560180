import { Tracing, type Span, type SpanOptions } from './tracing.port.js';

const NOTHING = {};

/** Where nothing is traced. */
export const NO_SPAN: Span = {
  isRecorded: false,
  note: () => undefined,
  link: () => undefined,
  rename: () => undefined,
  fail: () => undefined,
  end: () => undefined,
  within: (work) => work(),
  carrier: NOTHING,
  ids: undefined,
};

/** Tracing that is switched off. */
export class NoTracing extends Tracing {
  readonly isOn = false;
  readonly current = NO_SPAN;
  readonly isActive = false;

  begin(): Span {
    return NO_SPAN;
  }

  span<T>(_name: string, _options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
    return work(NO_SPAN);
  }
}
