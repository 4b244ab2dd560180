import {
  CircuitState as CockatielState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  circuitBreaker,
  halfJitterGenerator,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { AppError } from '../../platform/errors/app-error.js';
import { countsAgainstServer } from './failure.policy.js';

/** `closed`: calls are made · `open`: none for a while · `half-open`: one call tries whether it works again. */
export const CIRCUIT_STATES = ['closed', 'half-open', 'open'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** Turns that a server failed in a row, whatever retries they took, until it is left alone. */
const FAILURES_TO_OPEN = 10;
const FIRST_PAUSE_MS = 5000;
const MAX_PAUSE_MS = 60_000;

/** One call that was let through; exactly one of both is to be called. */
export interface CircuitPass {
  succeeded(): void;
  /** @param error what the call failed with; whatever is no failure of the server leaves a closed circuit as it is */
  failed(error: unknown): void;
}

/** Whoever lets calls through, or not. */
export interface Gatekeeper {
  /** @throws AppError `upstream_unavailable` when no call is to be made now */
  enter(): CircuitPass;
}

/** Keeps calls from a server that does not work, and finds out when it works again. */
export class Circuit implements Gatekeeper {
  private readonly policy: CircuitBreakerPolicy;

  /**
   * @param onChange called with each new state
   * @param pauseMs how long an open circuit stays open at first; doubles with every failed try
   * @param counts which failures open it
   */
  constructor(
    onChange: (state: CircuitState) => void = () => {},
    pauseMs = FIRST_PAUSE_MS,
    counts: (error: unknown) => boolean = countsAgainstServer,
  ) {
    this.policy = circuitBreaker(
      // A try that was given up has shown nothing: the server stays under suspicion.
      handleWhen((error) => counts(error) || (this.state === 'half-open' && !(error instanceof AppError))),
      {
        halfOpenAfter: new ExponentialBackoff({
          initialDelay: pauseMs,
          maxDelay: MAX_PAUSE_MS,
          generator: halfJitterGenerator,
        }),
        breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
      },
    );
    this.policy.onStateChange(() => {
      onChange(this.state);
    });
  }

  get state(): CircuitState {
    switch (this.policy.state) {
      case CockatielState.Closed:
        return 'closed';
      case CockatielState.HalfOpen:
        return 'half-open';
      case CockatielState.Open:
      case CockatielState.Isolated:
        return 'open';
    }
  }

  enter(): CircuitPass {
    // Others would wait for the outcome of the one try; they had better take another way.
    if (this.state === 'half-open') throw unavailable();
    let pass: CircuitPass | undefined;
    const run = () =>
      new Promise<void>((resolve, reject) => {
        pass = { succeeded: resolve, failed: reject };
      });
    // The policy calls `run` at once or not at all, and what becomes of the call its caller knows already.
    this.policy.execute(run).catch(() => undefined);
    if (pass === undefined) throw unavailable();
    return pass;
  }
}

function unavailable(): AppError {
  return new AppError('upstream_unavailable', 'The upstream does not work at the moment.', {
    kind: 'operational',
    retryable: true,
    retryAfterSeconds: FIRST_PAUSE_MS / 1000,
    cause: new Error('The circuit is open'),
  });
}
