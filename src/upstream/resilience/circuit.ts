import { AppError } from '../../platform/errors/app.error.js';
import { countsAgainstServer } from './failure.policy.js';

/** `closed`: calls are made · `open`: none for a while · `half-open`: a few calls try whether it works again. */
export const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** Turns that a server failed in a row, whatever retries they took, until it is left alone. */
export const FAILURES_TO_OPEN = 10;
/** After an accepted response nothing has been answered yet: this many failures in a row are enough then. */
export const FAILURES_TO_REOPEN = 5;
/** Calls that try at once: one alone may be slow, or stopped by its user. */
export const MAX_PROBES = 3;
export const FIRST_PAUSE_MS = 5000;
export const MAX_PAUSE_MS = 60_000;

/** Epoch milliseconds by a clock that nobody sets. */
const now = () => performance.timeOrigin + performance.now();

/** One call that was let through; one of `succeeded` and `failed` is to be called once. */
export interface CircuitPass {
  /** The headers of a good answer have come: it works again, whatever the answer will be. */
  accepted(): void;
  succeeded(): void;
  /** @param error what the call failed with; whatever is no failure of the server leaves a closed circuit as it is */
  failed(error: unknown): void;
}

/** Whoever lets calls through, or not. */
export interface Gatekeeper {
  /** @throws AppError `upstream_unavailable` when no call is to be made now */
  enter(): CircuitPass;
}

/** What there is to see of a circuit. */
export interface CircuitView {
  readonly state: CircuitState;
  /** When it got into this state, epoch milliseconds. */
  readonly since: number;
  /** Calls that have failed in a row. */
  readonly failures: number;
  /** When an open one lets calls through again, epoch milliseconds. */
  readonly nextProbeAt?: number;
}

export interface CircuitOptions {
  /** Called with each new state. */
  readonly onChange?: (state: CircuitState) => void;
  /** How long an open circuit stays open at first; doubles with every failed try. */
  readonly pauseMs?: number;
  /** Which failures open it. */
  readonly counts?: (error: unknown) => boolean;
}

/** Keeps calls from a server that does not work, and finds out when it works again. Own code, because libraries let one call alone try. */
export class Circuit implements Gatekeeper {
  private current: CircuitState = 'closed';
  private since = now();
  private failures = 0;
  /** How often it has opened since a call has succeeded. */
  private openings = 0;
  /** Counts up whenever it opens. */
  private era = 0;
  private nextProbeAt = 0;
  private probes = 0;
  private readonly onChange: (state: CircuitState) => void;
  private readonly pauseMs: number;
  private readonly counts: (error: unknown) => boolean;

  constructor({ onChange, pauseMs = FIRST_PAUSE_MS, counts = countsAgainstServer }: CircuitOptions = {}) {
    this.onChange = onChange ?? (() => undefined);
    this.pauseMs = pauseMs;
    this.counts = counts;
  }

  get state(): CircuitState {
    return this.current;
  }

  get view(): CircuitView {
    const { current: state, since, failures, nextProbeAt } = this;
    return { state, since, failures, ...(state === 'open' ? { nextProbeAt } : {}) };
  }

  /** @throws AppError as `enter` does; nothing is let through */
  assertPassable(): void {
    const waits = this.current === 'open' && now() < this.nextProbeAt;
    // Others would wait for the outcome of the tries; they had better take another way.
    const isTried = this.current === 'half-open' && this.probes >= MAX_PROBES;
    if (waits || isTried) throw this.unavailable();
  }

  enter(): CircuitPass {
    this.assertPassable();
    if (this.current === 'open') {
      this.probes = 0;
      this.become('half-open');
    }
    const isProbe = this.current === 'half-open';
    if (isProbe) this.probes += 1;
    const { era } = this;
    let isOver = false;
    // What was let through before it has opened says nothing any more.
    const counts = () => !isOver && this.current !== 'open' && this.era === era;
    const end = () => {
      const didCount = counts();
      isOver = true;
      return didCount;
    };
    return {
      accepted: () => {
        if (counts()) this.accept();
      },
      succeeded: () => {
        if (end()) this.succeed();
      },
      failed: (error) => {
        if (end()) this.fail(error, isProbe);
      },
    };
  }

  private accept(): void {
    if (this.current !== 'half-open') return;
    this.failures = FAILURES_TO_OPEN - FAILURES_TO_REOPEN;
    this.become('closed');
  }

  private succeed(): void {
    this.failures = 0;
    this.openings = 0;
    if (this.current !== 'closed') this.become('closed');
  }

  private fail(error: unknown, isProbe: boolean): void {
    if (isProbe) this.probes -= 1;
    const isHalfOpen = this.current === 'half-open';
    if (this.counts(error)) {
      this.failures += 1;
      if (isHalfOpen || this.failures >= FAILURES_TO_OPEN) this.open();
    } else if (isHalfOpen) {
      if (error instanceof AppError) this.succeed();
      // A try that was given up has shown nothing: the server stays under suspicion.
      else if (this.probes === 0) this.open();
    }
  }

  private open(): void {
    this.era += 1;
    this.openings += 1;
    const longest = Math.min(this.pauseMs * 2 ** (this.openings - 1), MAX_PAUSE_MS);
    // A random half, so that instances that lost a server together don't come back to it together.
    this.nextProbeAt = now() + longest / 2 + (Math.random() * longest) / 2;
    this.become('open');
  }

  private become(state: CircuitState): void {
    this.current = state;
    this.since = now();
    this.onChange(state);
  }

  private unavailable(): AppError {
    const seconds = Math.ceil((this.nextProbeAt - now()) / 1000);
    return new AppError('upstream_unavailable', 'The upstream does not work at the moment.', {
      kind: 'operational',
      retryable: true,
      retryAfterSeconds: Math.max(seconds, 1),
      cause: new Error('The circuit is open'),
    });
  }
}
