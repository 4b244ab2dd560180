import type { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { Tracing } from '../../platform/tracing/tracing.port.js';
import type { BusState } from '../instance-bus.port.js';
import type { LimitMetrics } from '../limits/limit-metrics.service.js';
import { SharedFailure, SharedScripts } from '../limits/shared-scripts.port.js';
import type { EvalScript } from './redis-link.port.js';

/** After a script that was not answered in time nobody waits for so long, unless the answer comes. */
const QUIET_MS = 1000;
/** What goes wrong with every turn is said once in a while. */
const LOG_EVERY_MS = 60_000;

const SPAN = {
  kind: 'client',
  attributes: { 'db.system.name': 'redis', 'db.operation.name': 'EVAL' },
} as const;

/** What a script runs on. */
export interface ScriptRunner {
  readonly state: BusState;
  readonly eval: EvalScript;
}

export interface ScriptOptions {
  readonly prefix: string;
  readonly waitMs: number;
}

/** Scripts on Redis, none of which is waited for longer than may be. */
export class RedisScripts extends SharedScripts {
  readonly isShared = true;
  private quietUntil = 0;
  private loggedAt = -Infinity;

  constructor(
    private readonly runner: ScriptRunner,
    private readonly options: ScriptOptions,
    private readonly metrics: LimitMetrics,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {
    super();
  }

  run(script: string, keys: readonly string[], values: readonly (string | number)[] = []): Promise<unknown> {
    if (this.runner.state !== 'up' || performance.now() < this.quietUntil) {
      this.metrics.notAsked();
      return Promise.reject(new SharedFailure('Redis is away.'));
    }
    return this.tracing.within(
      'EVAL',
      () => SPAN,
      () => this.inTime(this.evaluate(script, keys, values)),
    );
  }

  /** A connection that is just being closed may throw instead of rejecting. */
  private async evaluate(
    script: string,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    return this.runner.eval(script, {
      keys: keys.map((key) => this.options.prefix + key),
      arguments: values.map(String),
    });
  }

  private inTime(answer: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isWaitedFor = true;
      const giveUp = (): void => {
        if (!isWaitedFor) return;
        isWaitedFor = false;
        this.quietUntil = performance.now() + QUIET_MS;
        this.metrics.late();
        this.tell('Redis answers too late: limits are counted on this instance alone meanwhile');
        reject(new SharedFailure('Redis has not answered in time.'));
      };
      // When it was this process that was busy, the answer is there and read before `setImmediate` comes.
      const timer = setTimeout(() => setImmediate(giveUp), this.options.waitMs);
      answer.then(
        (value) => {
          clearTimeout(timer);
          if (!isWaitedFor) this.quietUntil = 0;
          else this.metrics.answered();
          isWaitedFor = false;
          resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          if (!isWaitedFor) return;
          isWaitedFor = false;
          this.metrics.refused();
          this.tell('Redis does not count: limits are counted on this instance alone meanwhile', error);
          reject(new SharedFailure('Redis has refused.', { cause: error }));
        },
      );
    });
  }

  /** That there is no connection is told by the bus. */
  private tell(words: string, error?: unknown): void {
    const now = performance.now();
    if (now - this.loggedAt < LOG_EVERY_MS || this.runner.state !== 'up') return;
    this.loggedAt = now;
    this.log.warn({ cause: error instanceof Error ? `${error.name}: ${error.message}` : undefined }, words);
  }
}
