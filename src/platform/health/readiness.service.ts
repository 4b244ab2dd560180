import { Drain } from '../lifecycle/drain.service.js';

/** One thing without which this instance cannot do its work. */
export abstract class ReadinessCheck {
  /** Key in the answer of `/health/ready`. */
  abstract readonly checkName: string;
  /** Resolves when all is well and rejects otherwise. Not repeated while a call is still running. @param signal aborts when nobody waits any more */
  abstract check(signal: AbortSignal): Promise<void>;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly lifecycle: string;
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
  /** What is worth knowing besides, by subject; subjects with nothing to say are left out. It decides nothing: the checks do. */
  readonly details?: ReadinessDetails;
}

/** States by name, by subject. */
export type ReadinessDetails = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A probe that takes longer than this has failed as far as a balancer is concerned. */
const CHECK_TIMEOUT_MS = 2000;

/** Says whether this instance should get requests. */
export class Readiness {
  private readonly checks: ReadinessCheck[] = [];
  private readonly subjects = new Map<string, () => Readonly<Record<string, string>>>();
  private running: Promise<ReadinessReport> | undefined;

  constructor(
    private readonly drain: Drain,
    private readonly timeoutMs = CHECK_TIMEOUT_MS,
  ) {}

  register(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  /** Adds states to the report that don't decide anything by themselves. @param read gives them by name; called with every report */
  describe(subject: string, read: () => Readonly<Record<string, string>>): void {
    this.subjects.set(subject, read);
  }

  /** Never rejects; concurrent callers share one round of checks, so that nobody can flood the database through it. */
  report(): Promise<ReadinessReport> {
    this.running ??= this.runChecks().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async runChecks(): Promise<ReadinessReport> {
    const results = await Promise.all(
      this.checks.map(async (check) => [check.checkName, await this.runOne(check)] as const),
    );
    const lifecycle = this.drain.state;
    const details = this.readDetails();
    return {
      ready: lifecycle === 'serving' && results.every(([, result]) => result === 'up'),
      lifecycle,
      checks: Object.fromEntries(results),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    };
  }

  private readDetails(): ReadinessDetails {
    const read = [...this.subjects].map(([subject, states]) => [subject, states()] as const);
    return Object.fromEntries(read.filter(([, states]) => Object.keys(states).length > 0));
  }

  private async runOne(check: ReadinessCheck): Promise<'up' | 'down'> {
    const abort = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<'down'>((resolve) => {
      timer = setTimeout(() => {
        resolve('down');
      }, this.timeoutMs);
    });
    const result = check.check(abort.signal).then(
      () => 'up' as const,
      () => 'down' as const,
    );
    try {
      return await Promise.race([result, timeout]);
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }
}
