import type { SharedPlace } from '../../../cluster/limits/shared-places.service.js';
import type { ClientConnection } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import type { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';

/** A queue that is full now will hardly be empty in a moment. */
export const RETRY_AFTER_S = 5;

/** A turn that waits for its place. */
interface Waiting {
  /** Its place in the order in which all came. */
  readonly arrival: number;
  readonly enter: (place: SharedPlace) => void;
  readonly refuse: (error: Error) => void;
}

/** The turns that wait for a place at one chatflow, in the order in which they arrived; who leaves is taken out at once. */
export class WaitingTurns {
  private readonly queue: Waiting[] = [];

  constructor(private readonly metrics: TurnMetrics) {}

  get size(): number {
    return this.queue.length;
  }

  /**
   * @param arrival later ones wait behind it, whenever they have come to wait
   * @returns the place that it is let in with
   * @throws AppError `overloaded` when the wait is too long, `turn_stopped` when the client leaves
   */
  wait(arrival: number, waitSeconds: number, connection: ClientConnection | undefined): Promise<SharedPlace> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        const at = this.queue.indexOf(waiting);
        if (at >= 0) this.queue.splice(at, 1);
        clearTimeout(timer);
        stopListening?.();
        this.metrics.turnWaits(-1);
      };
      const waiting: Waiting = {
        arrival,
        enter: (place) => {
          end();
          resolve(place);
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiting.refuse(errors.chatflowBusy(RETRY_AFTER_S)), waitSeconds * 1000);
      const stopListening = connection?.onClosed(() => waiting.refuse(errors.turnStopped()));
      const ahead = this.queue.findLastIndex((other) => other.arrival < arrival) + 1;
      this.queue.splice(ahead, 0, waiting);
      this.metrics.turnWaits(1);
      if (connection?.isClosed() === true) waiting.refuse(errors.turnStopped());
    });
  }

  /** Lets the first one in. @returns whether there was one */
  letIn(place: SharedPlace): boolean {
    const first = this.queue[0];
    first?.enter(place);
    return first !== undefined;
  }

  /** Refuses the last one if it has arrived later. @returns whether it has */
  refuseLaterThan(arrival: number, error: Error): boolean {
    const last = this.queue.at(-1);
    if (last === undefined || last.arrival < arrival) return false;
    last.refuse(error);
    return true;
  }

  refuseAll(error: () => Error): void {
    for (const waiting of [...this.queue]) waiting.refuse(error());
  }
}
