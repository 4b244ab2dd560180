import { Injectable } from '@nestjs/common';
import { DEFAULT_QUEUE_WAIT_SECONDS } from '../../../chatflows/chatflow-concurrency.dto.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import type { ClientConnection } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import { DrainParticipant } from '../../../platform/lifecycle/drain.service.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';

/** A queue that is full now will hardly be empty in a moment. */
const RETRY_AFTER_S = 5;

/** The wish for one turn of a chatflow. */
type Asked = Pick<Chatflow, 'id' | 'concurrency'>;

/** A turn that waits for its place. */
interface Waiting {
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/** The turns of one chatflow on this instance; gone when there are none. */
interface Places {
  taken: number;
  /** As the chatflow said when it was asked last. */
  turns: number;
  /** In the order in which they came; who leaves is taken out at once. */
  readonly queue: Set<Waiting>;
}

/** A place that a turn has got. */
export interface ChatflowPlace {
  /** Whether there was none at first, so that what was known of the chatflow may be different by now. */
  readonly waited: boolean;
  /** Gives the place to the next. To be called when the turn has ended; once more does nothing. */
  readonly leave: () => void;
}

/** The places that chatflows have for turns on this instance, and the queues for them. While it drains nobody waits. */
@Injectable()
export class ChatflowPlaces extends DrainParticipant {
  readonly drainName = 'queues of chatflows';
  private readonly chatflows = new Map<string, Places>();
  private isDraining = false;

  constructor(private readonly metrics: TurnMetrics) {
    super();
  }

  /**
   * Takes a place for one more turn, or waits for it.
   * @param connection of who waits; whoever leaves makes room in the queue
   * @throws AppError `overloaded` when there is no room in the queue, the wait was too long or the instance drains; `turn_stopped` when the client has left
   */
  async enter(chatflow: Asked, connection: ClientConnection | undefined): Promise<ChatflowPlace> {
    const places = this.placesOf(chatflow);
    if (this.hasPlace(places)) {
      places.taken += 1;
      return { waited: false, leave: this.leaving(chatflow.id, places) };
    }
    const { queue = 0, waitSeconds = DEFAULT_QUEUE_WAIT_SECONDS } = chatflow.concurrency ?? {};
    if (places.queue.size >= queue) throw errors.chatflowBusy(RETRY_AFTER_S);
    if (this.isDraining) throw errors.shuttingDown();
    await this.wait(places, waitSeconds, connection);
    return { waited: true, leave: this.leaving(chatflow.id, places) };
  }

  /**
   * Looks whether a turn would get a place or could wait for one that takes the place of a turn which runs here.
   * @param yielding the chatflow of that turn
   * @throws AppError `overloaded`
   */
  assertCouldReplace(chatflow: Asked, yielding: string): void {
    const places = this.chatflows.get(chatflow.id);
    const { concurrency } = chatflow;
    if (places === undefined || concurrency === undefined || yielding === chatflow.id) return;
    const hasRoom = places.taken < concurrency.turns || places.queue.size < (concurrency.queue ?? 0);
    if (!hasRoom) throw errors.chatflowBusy(RETRY_AFTER_S);
  }

  /** Nobody gets a place any more: all who wait are told to go elsewhere. */
  drain(): Promise<void> {
    this.isDraining = true;
    for (const { queue } of this.chatflows.values())
      for (const waiting of [...queue]) waiting.refuse(errors.shuttingDown());
    return Promise.resolve();
  }

  private placesOf({ id, concurrency }: Asked): Places {
    const turns = concurrency?.turns ?? Infinity;
    const known = this.chatflows.get(id);
    const places = known ?? { taken: 0, turns, queue: new Set() };
    if (known === undefined) this.chatflows.set(id, places);
    places.turns = turns;
    // There may be more places now than there were.
    this.letIn(places);
    return places;
  }

  /** Those who wait come first. */
  private hasPlace({ taken, turns, queue }: Places): boolean {
    return taken < turns && queue.size === 0;
  }

  private wait(
    { queue }: Places,
    waitSeconds: number,
    connection: ClientConnection | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        queue.delete(waiting);
        clearTimeout(timer);
        stopListening?.();
        this.metrics.turnWaits(-1);
      };
      const waiting: Waiting = {
        enter: () => {
          end();
          resolve();
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(() => waiting.refuse(errors.chatflowBusy(RETRY_AFTER_S)), waitSeconds * 1000);
      const stopListening = connection?.onClosed(() => waiting.refuse(errors.turnStopped()));
      queue.add(waiting);
      this.metrics.turnWaits(1);
      if (connection?.isClosed() === true) waiting.refuse(errors.turnStopped());
    });
  }

  private leaving(id: string, places: Places): () => void {
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      places.taken -= 1;
      this.letIn(places);
      if (places.taken === 0 && places.queue.size === 0) this.chatflows.delete(id);
    };
  }

  /** A place is taken for who waits before they know of it, so that nobody comes in between. */
  private letIn(places: Places): void {
    for (const waiting of places.queue) {
      if (places.taken >= places.turns) return;
      places.taken += 1;
      waiting.enter();
    }
  }
}
