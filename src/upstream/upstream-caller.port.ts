import type { Chunking } from '../contract/chunking.js';
import type { ProviderCall, ProviderReport, ProviderRequest } from './chat-provider.port.js';
import type { ProviderName } from '../contract/provider.js';

/** One way to an answer: the chatflow's own upstream, or its fallback's. */
export interface UpstreamRoute {
  readonly provider: ProviderName;
  readonly request: ProviderRequest;
}

/** What there is to know about all attempts of a call together. */
export interface UpstreamReport extends ProviderReport {
  /** Calls beyond the first, of whichever upstream. */
  readonly retries: number;
  /** Whether another route than the first was taken. */
  readonly fellBack: boolean;
  /**
   * The chatflows of all routes at which a request may have been begun, in order; if one of them has answered, it is the last. What the
   * others remember of this turn, nobody was shown.
   */
  readonly asked: readonly string[];
}

/** A call of whichever upstream answers. */
export interface UpstreamCall extends Omit<ProviderCall, 'reach'> {
  readonly report: UpstreamReport;
}

/** Gets an answer as long as nobody has seen any of it: by another attempt, or by another upstream. */
export abstract class UpstreamCaller {
  /**
   * The call begins when its events are first read. What `ProviderCall` promises holds for it as well; `stop()` and `provideInput()` go to the
   * attempt that runs.
   *
   * @param routes in the order in which they are to be tried; each is asked for only when it is needed. The first must be there.
   * @param signal bounds all attempts and the pauses between them
   */
  abstract call(routes: AsyncIterable<UpstreamRoute>, signal: AbortSignal, chunking?: Chunking): UpstreamCall;
}
