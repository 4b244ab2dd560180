import type { SharedPlace } from '../../../cluster/limits/shared-places.service.js';
import type { ClientConnection } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import type { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';

/** A queue that is full now will hardly be empty in a moment. */
export const RETRY_AFTER_S = 5;

/** A turn that waits for its place. */
interface Waiting {
  readonly enter: (place: SharedPlace) => void;
  readonly refuse: (error: Error) => void;
}

/** The turns that wait for a place at one chatflow, first come, first served; who leaves is taken out at once. */
export class WaitingTurns {
  private readonly queue = new Set<Waiting>();

  constructor(private readonly metrics: TurnMetrics) {}

  get size(): number {
    return this.queue.size;
  }

  /**
   * @returns the place that it is let in with
   * @throws AppError `overloaded` when the wait is too long, `turn_stopped` when the client leaves
   */
  wait(waitSeconds: number, connection: ClientConnection | undefined): Promise<SharedPlace> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.queue.delete(waiting);
        clearTimeout(timer);
        stopListening?.();
        this.metrics.turnWaits(-1);
      };
      const waiting: Waiting = {
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
      this.queue.add(waiting);
      this.metrics.turnWaits(1);
      if (connection?.isClosed() === true) waiting.refuse(errors.turnStopped());
    });
  }

  /** Lets the first one in. @returns whether there was one */
  letIn(place: SharedPlace): boolean {
    const [first] = this.queue;
    first?.enter(place);
    return first !== undefined;
  }

  refuseAll(error: () => Error): void {
    for (const waiting of [...this.queue]) waiting.refuse(error());
  }
}
