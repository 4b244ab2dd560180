import { errors } from '../errors/errors.js';
import { StructuredLog } from '../logging/structured-log.port.js';

/**
 * `serving` takes everything; `leaving` does so too, but is not ready any more, so that balancers look elsewhere; `draining` takes no new turn;
 * `stopped` is about to exit and answers nothing.
 */
export type LifecycleState = 'serving' | 'leaving' | 'draining' | 'stopped';

export interface ShutdownTimes {
  /** How long it goes on serving after it has said that it is not ready. */
  readonly delayMs: number;
  /** How long running work gets to end by itself. */
  readonly graceMs: number;
}

/** Something that has work to bring to an end before the application may close. */
export abstract class DrainParticipant {
  /** Says in the log what is being waited for. */
  abstract readonly drainName: string;
  /**
   * Resolves once the work has ended. When `graceOver` aborts, whatever still runs must be stopped and recorded at once; then it
   * resolves.
   */
  abstract drain(graceOver: AbortSignal): Promise<void>;
}

/** After the grace period a participant gets this long to stop and record what is left. */
const STOP_MARGIN_MS = 5000;

/** Brings the application to rest: readiness off, no new turns, bounded wait, stop the rest. */
export class Drain {
  private current: LifecycleState = 'serving';
  private readonly participants: DrainParticipant[] = [];
  private drained: Promise<void> | undefined;

  constructor(
    private readonly times: ShutdownTimes,
    private readonly log: StructuredLog,
  ) {}

  get state(): LifecycleState {
    return this.current;
  }

  /** Participants drain one after the other, in the order of their registration, within one common grace period. */
  register(participant: DrainParticipant): void {
    this.participants.push(participant);
  }

  /** To be asked before a turn is admitted. @throws AppError `overloaded` once the application drains */
  assertServing(): void {
    if (this.current !== 'serving' && this.current !== 'leaving') throw errors.shuttingDown();
  }

  /** Begins the shutdown, once: later calls wait for the same end. Never rejects and always ends within the delay, the grace period and its margin. */
  begin(): Promise<void> {
    this.drained ??= this.run();
    return this.drained;
  }

  private async run(): Promise<void> {
    if (this.times.delayMs > 0) {
      this.current = 'leaving';
      await new Promise((resolve) => setTimeout(resolve, this.times.delayMs));
    }
    this.current = 'draining';
    const grace = new AbortController();
    const timer = setTimeout(() => {
      grace.abort();
    }, this.times.graceMs);
    try {
      for (const participant of this.participants) await this.drainOne(participant, grace.signal);
    } finally {
      clearTimeout(timer);
      this.current = 'stopped';
    }
  }

  private async drainOne(participant: DrainParticipant, grace: AbortSignal): Promise<void> {
    const fields = { participant: participant.drainName };
    const deadline = deadlineAfter(grace, STOP_MARGIN_MS);
    try {
      const ended = await Promise.race([participant.drain(grace).then(() => true), deadline.passed]);
      if (!ended) this.log.error(fields, 'did not come to rest in time');
    } catch (error) {
      this.log.error({ ...fields, err: error }, 'failed while draining');
    } finally {
      deadline.cancel();
    }
  }
}

/** Resolves to `false` a while after `signal` has aborted, unless cancelled before. */
function deadlineAfter(signal: AbortSignal, marginMs: number) {
  let timer: NodeJS.Timeout | undefined;
  let start: (() => void) | undefined;
  const passed = new Promise<false>((resolve) => {
    start = () => {
      timer = setTimeout(() => {
        resolve(false);
      }, marginMs);
    };
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  const cancel = (): void => {
    if (start !== undefined) signal.removeEventListener('abort', start);
    clearTimeout(timer);
  };
  return { passed, cancel };
}
