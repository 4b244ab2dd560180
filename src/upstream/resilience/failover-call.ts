import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { untilAborted } from '../abortable.js';
import type {
  ChatProvider,
  HumanInput,
  OpenQuestion,
  ProviderCall,
  ProviderRequest,
  StopReceipt,
} from '../chat-provider.port.js';
import type { UpstreamCall, UpstreamReport } from '../upstream-caller.port.js';
import type { Chunking } from '../../contract/chunking.js';
import { chunked } from './chunked.js';
import { watched, type AttemptWatch } from './attempt-span.js';
import type { CircuitPass, Gatekeeper } from './circuit.js';
import { mayHaveBegun, mayRepeat, mayReplace } from './failure.policy.js';

type Batch = readonly ProviderEvent[];
type Step = IteratorResult<Batch, undefined>;

const DONE: Step = { done: true, value: undefined };

/** A route whose provider and circuit were found. */
export interface Route {
  readonly provider: ChatProvider;
  readonly request: ProviderRequest;
  readonly circuit: Gatekeeper | undefined;
}

/** What a call needs of its surroundings. */
export interface FailoverOptions {
  readonly signal: AbortSignal;
  /** Attempts beyond the first on one route. */
  readonly retries: number;
  readonly chunking: Chunking | undefined;
  /** How long to wait before a retry (1 for the first); `undefined`: it is not worth it. */
  readonly pauseBefore: (retry: number, retryAfterSeconds: number | undefined) => number | undefined;
  /** @throws the signal's reason when it aborts in the meantime */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly onRetry: (route: Route, error: AppError, pauseMs: number) => void;
  /** Looks at each attempt; absent: nobody does. @param number counts all attempts of the call, from 1 */
  readonly watch?: (route: Route, number: number) => AttemptWatch;
  /** @param error why; `undefined` when the route answered nothing */
  readonly onFallback: (from: Route, error: AppError | undefined) => void;
}

interface Attempt {
  readonly call: ProviderCall;
  readonly mayWork: boolean;
  readonly steps: AsyncIterator<Batch>;
  readonly watch: AttemptWatch | undefined;
}

/**
 * One answer, from the first attempt that gives any content. Until then failures are repeated or passed to the next route where no work
 * can be done twice by that; from then on every step is the attempt's own, without anything in between, and so is its failure.
 */
export class FailoverCall implements UpstreamCall, AsyncIterableIterator<Batch, undefined> {
  private route: Route | undefined;
  /** One for all attempts of a route: to the circuit they are one call. */
  private pass: CircuitPass | undefined;
  private attempt: Attempt | undefined;
  private committed = false;
  private retriesOfRoute = 0;
  private retriesOfAll = 0;
  private routesTaken = 0;
  /** What the chatflow's own upstream has failed with: it says more than what came of its fallback. */
  private firstError: AppError | undefined;
  /** What they were asked with is not kept: an open stream needs none of it. */
  private readonly made: { readonly chatflowId: string; readonly call: ProviderCall }[] = [];

  /** @param routes let go of with the first content, with all that they would ask */
  constructor(
    private routes: AsyncIterator<Route> | undefined,
    private readonly options: FailoverOptions,
  ) {}

  get events(): this {
    return this;
  }

  get report(): UpstreamReport {
    const sum = (name: 'repairedEvents' | 'droppedEvents' | 'unknownEvents') =>
      this.made.reduce((total, { call: { report } }) => total + report[name], 0);
    const finishReason = this.made.at(-1)?.call.report.finishReason;
    const begun = this.made.filter(({ call }) => mayHaveBegun(call.reach));
    return {
      repairedEvents: sum('repairedEvents'),
      droppedEvents: sum('droppedEvents'),
      unknownEvents: sum('unknownEvents'),
      ...(finishReason === undefined ? {} : { finishReason }),
      retries: this.retriesOfAll,
      fellBack: this.routesTaken > 1,
      asked: [...new Set(begun.map(({ chatflowId }) => chatflowId))],
    };
  }

  get runId(): string | undefined {
    return this.attempt?.call.runId;
  }

  get question(): OpenQuestion | undefined {
    return this.attempt?.call.question;
  }

  get arrivedWhole(): boolean {
    return this.attempt?.call.arrivedWhole === true;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    const { attempt } = this;
    if (!this.committed || attempt === undefined) return this.search();
    const step = attempt.steps.next() as Promise<Step>;
    return attempt.watch === undefined ? step : watched(step, (error) => this.end(error));
  }

  async deliver(take: (batch: Batch) => void): Promise<void> {
    try {
      await this.deliverAll(take);
    } catch (error) {
      this.end(error);
      throw error;
    }
    this.end();
  }

  private async deliverAll(take: (batch: Batch) => void): Promise<void> {
    for (;;) {
      const running = this.committed ? this.attempt?.call : undefined;
      // From the first content on there is nothing in between; an answer that is shown in pieces comes at its own pace.
      if (running?.deliver !== undefined && this.options.chunking === undefined)
        return this.within(() => running.deliver?.(take) ?? Promise.resolve());
      const step = await this.next();
      if (step.done === true) return;
      try {
        take(step.value);
      } catch (error) {
        await this.return();
        throw error;
      }
    }
  }

  async return(): Promise<Step> {
    this.pass?.failed(new Error('The reader has left'));
    await this.attempt?.steps.return?.();
    this.end();
    await this.routes?.return?.();
    return DONE;
  }

  stop(): Promise<StopReceipt> {
    return this.attempt?.call.stop() ?? Promise.resolve({ acknowledged: true });
  }

  provideInput(input: HumanInput): Promise<void> {
    return (
      this.attempt?.call.provideInput?.(input) ??
      Promise.reject(errors.conflict('This turn is not waiting for input.'))
    );
  }

  /** The next step while there was no content yet. */
  private async search(): Promise<Step> {
    for (;;) {
      const step = await this.step();
      if (step?.done === true) {
        this.end();
        this.pass?.succeeded();
        // An upstream that has nothing to say has not answered; it may have done something all the same.
        if (this.attempt !== undefined && !mayReplace(this.attempt)) return DONE;
        if (!(await this.takeNextRoute(undefined))) return DONE;
      } else if (step !== undefined) {
        if (step.value.some(isContent)) this.commit();
        return step;
      }
      this.attempt = undefined;
    }
  }

  /** @returns `undefined` when the attempt has failed and another one can be made */
  private async step(): Promise<Step | undefined> {
    try {
      this.attempt ??= await this.begin();
      const { steps } = this.attempt;
      return (await this.within(() => steps.next())) as Step;
    } catch (error) {
      await this.recover(error);
      return undefined;
    }
  }

  private async begin(): Promise<Attempt> {
    if (this.route === undefined) {
      this.route = await this.nextRoute();
      if (this.route === undefined) throw new Error('A call without a route');
    }
    const { provider, request, circuit } = this.route;
    this.pass ??= circuit?.enter();
    const { pass } = this;
    const watch = this.options.watch?.(this.route, this.made.length + 1);
    const begin = () =>
      provider.call(
        pass === undefined ? request : { onAccepted: () => pass.accepted(), ...request },
        this.options.signal,
      );
    const call = watch === undefined ? begin() : watch.within(begin);
    this.made.push({ chatflowId: request.chatflowId, call });
    const { chunking, signal } = this.options;
    const events = chunking === undefined ? call.events : chunked(call, chunking, signal);
    return { call, mayWork: provider.mayWork(request.target), steps: events[Symbol.asyncIterator](), watch };
  }

  /** Steps of an attempt are its watch's. */
  private within<T>(work: () => T): T {
    const watch = this.attempt?.watch;
    return watch === undefined ? work() : watch.within(work);
  }

  private end(error?: unknown): void {
    const { attempt, options } = this;
    attempt?.watch?.ended(attempt.call.report, options.signal.aborted ? undefined : error);
  }

  private commit(): void {
    this.committed = true;
    this.attempt?.watch?.answered();
    this.pass?.succeeded();
    // Nobody will ask for another. An open stream does not keep conversations and files that only another attempt would send.
    void this.routes?.return?.().catch(() => undefined);
    this.routes = undefined;
    this.route = undefined;
  }

  /** Makes another attempt possible. @throws the error when there is none */
  private async recover(error: unknown): Promise<void> {
    this.end(error);
    const { signal, retries, pauseBefore, pause, onRetry } = this.options;
    if (signal.aborted || !(error instanceof AppError) || this.route === undefined) {
      this.pass?.failed(error);
      throw error;
    }
    this.firstError ??= error;
    const failed = this.attempt;
    const pauseMs =
      failed !== undefined && this.retriesOfRoute < retries && mayRepeat(error, failed)
        ? pauseBefore(this.retriesOfRoute + 1, error.retryAfterSeconds)
        : undefined;
    if (pauseMs === undefined) {
      this.pass?.failed(error);
      // What may still work there is nobody's any more; the next route need not wait for its end.
      void failed?.call.stop();
      // Where no call could be made, nothing was begun.
      const isReplaceable = failed === undefined || mayReplace(failed);
      if (isReplaceable && (await this.takeNextRoute(error))) return;
      throw this.firstError;
    }
    this.retriesOfRoute += 1;
    this.retriesOfAll += 1;
    onRetry(this.route, error, pauseMs);
    // The attempt's work has ended before the next one begins, which has the same conversation.
    try {
      await Promise.all([pause(pauseMs, signal), failed?.call.stop()]);
    } catch (aborted) {
      this.pass?.failed(aborted);
      throw aborted;
    }
  }

  private async takeNextRoute(error: AppError | undefined): Promise<boolean> {
    const from = this.route;
    const next = await this.nextRoute();
    if (next === undefined || from === undefined) return false;
    this.options.onFallback(from, error);
    this.route = next;
    this.pass = undefined;
    this.retriesOfRoute = 0;
    return true;
  }

  private async nextRoute(): Promise<Route | undefined> {
    const { routes } = this;
    if (routes === undefined) return undefined;
    const next = await untilAborted(() => routes.next(), this.options.signal);
    if (next.done === true) return undefined;
    this.routesTaken += 1;
    return next.value;
  }
}

/** What a reader would see twice: everything but the upstream's own progress and its accounts. */
function isContent({ type }: ProviderEvent): boolean {
  return type !== 'upstream-event' && type !== 'metadata' && type !== 'usage';
}
