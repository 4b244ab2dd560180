import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DEFAULT_QUEUE_WAIT_SECONDS } from '../../../chatflows/chatflow-concurrency.dto.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { InstanceBus } from '../../../cluster/instance-bus.port.js';
import { placeSet } from '../../../cluster/limits/place-set.js';
import { SharedPlaces, type SharedPlace } from '../../../cluster/limits/shared-places.service.js';
import type { ClientConnection } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import { DrainParticipant } from '../../../platform/lifecycle/drain.service.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import { RETRY_AFTER_S, WaitingTurns } from './waiting-turns.js';

/** Who waits for places of other instances looks so often, should it not be told: of those of an instance that is gone nobody tells. */
const LOOK_EVERY_MS = 1000;
/** For so long the others know that turns wait here. */
const KNOWN_TO_WAIT_MS = 3 * LOOK_EVERY_MS;
/** An instance that gives a place back lets those of the others come first. */
const GIVE_WAY_MS = 30;

const PLACE_FREED = 'place-freed';

/** The wish for one turn of a chatflow. */
type Asked = Pick<Chatflow, 'id' | 'concurrency'>;

/** The turns of one chatflow on this instance; gone when there are none. */
interface Places {
  readonly id: string;
  /** By turns, and those that are being asked for. */
  taken: number;
  /** Being asked for, for turns that wait. */
  asked: number;
  /** As the chatflow said when it was asked last. */
  turns: number;
  readonly queue: WaitingTurns;
  timer?: NodeJS.Timeout | undefined;
}

/** A place that a turn has got. */
export interface ChatflowPlace {
  /** Gives the place to the next. To be called when the turn has ended; once more does nothing. */
  readonly leave: () => void;
}

const NOT_SHARED: SharedPlace = { giveBack: () => undefined };

/**
 * The places that chatflows have for turns, on all instances together where they share counts, and the queues of this instance for them. No instance
 * ever takes more than there are for all. While it drains nobody waits.
 */
@Injectable()
export class ChatflowPlaces extends DrainParticipant implements OnModuleInit, OnApplicationShutdown {
  readonly drainName = 'queues of chatflows';
  private readonly chatflows = new Map<string, Places>();
  private arrivals = 0;
  private isDraining = false;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly shared: SharedPlaces,
    private readonly bus: InstanceBus,
    private readonly metrics: TurnMetrics,
  ) {
    super();
  }

  onModuleInit(): void {
    this.stopListening = this.bus.listen(PLACE_FREED, (id) => {
      const places = typeof id === 'string' ? this.chatflows.get(id) : undefined;
      if (places !== undefined) void this.letIn(places, false);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening?.();
    for (const { timer } of this.chatflows.values()) clearTimeout(timer);
  }

  /** A turn has arrived here. @returns its number: whoever waits later does so in the order of these */
  arrive(): number {
    this.arrivals += 1;
    return this.arrivals;
  }

  /** Takes a place for one more turn, if there is one. @returns undefined when there is none. Never rejects */
  async enter(chatflow: Asked): Promise<ChatflowPlace | undefined> {
    const places = this.placesOf(chatflow);
    if (!this.hasPlace(places)) return undefined;
    places.taken += 1;
    if (!this.isSharing(places)) return this.entered(places, NOT_SHARED);
    const { places: got } = await this.shared.exchange(placeSet('chatflow', places.id), {
      limit: places.turns,
      wanted: 1,
      waitingMs: 0,
      givesWay: true,
    });
    if (got[0] !== undefined) return this.entered(places, got[0]);
    this.free(places, 1);
    // Others may have come to wait for this one.
    void this.letIn(places, true);
    return undefined;
  }

  /**
   * Waits for a place, behind those who have arrived before.
   * @param arrival as `arrive` has said when the turn came
   * @param connection of who waits; whoever leaves makes room in the queue
   * @throws AppError `overloaded` when there is no room in the queue, the wait was too long or the instance drains; `turn_stopped` when the client has left
   */
  async waitFor(
    chatflow: Asked,
    arrival: number,
    connection: ClientConnection | undefined,
  ): Promise<ChatflowPlace> {
    const places = this.placesOf(chatflow);
    const { queue = 0, waitSeconds = DEFAULT_QUEUE_WAIT_SECONDS } = chatflow.concurrency ?? {};
    const busy = errors.chatflowBusy(RETRY_AFTER_S);
    if (places.queue.size >= queue && !places.queue.refuseLaterThan(arrival, busy)) throw busy;
    if (this.isDraining) throw errors.shuttingDown();
    const place = places.queue.wait(arrival, waitSeconds, connection);
    void this.letIn(places, true);
    return this.entered(places, await place);
  }

  /**
   * Looks whether a turn would get a place or could wait for one that takes the place of a turn which runs.
   * @param yielding the chatflow of that turn
   * @throws AppError `overloaded`
   */
  async assertCouldReplace(chatflow: Asked, yielding: string): Promise<void> {
    const { id, concurrency } = chatflow;
    if (concurrency === undefined || yielding === id) return;
    const places = this.chatflows.get(id);
    const taken = places?.taken ?? 0;
    if ((places?.queue.size ?? 0) < (concurrency.queue ?? 0)) return;
    const seen = taken < concurrency.turns ? await this.shared.look(placeSet('chatflow', id)) : undefined;
    if (Math.max(taken, seen?.taken ?? 0) >= concurrency.turns) throw errors.chatflowBusy(RETRY_AFTER_S);
  }

  /** Nobody gets a place any more: all who wait are told to go elsewhere. */
  drain(): Promise<void> {
    this.isDraining = true;
    for (const { queue } of this.chatflows.values()) queue.refuseAll(() => errors.shuttingDown());
    return Promise.resolve();
  }

  private placesOf({ id, concurrency }: Asked): Places {
    const turns = concurrency?.turns ?? Infinity;
    let places = this.chatflows.get(id);
    if (places === undefined) {
      places = { id, taken: 0, asked: 0, turns, queue: new WaitingTurns(this.metrics) };
      this.chatflows.set(id, places);
    }
    const had = places.turns;
    places.turns = turns;
    // There may be more places now than there were.
    if (turns > had) void this.letIn(places, false);
    return places;
  }

  /** Those who wait come first. */
  private hasPlace({ taken, turns, queue }: Places): boolean {
    return taken < turns && queue.size === 0;
  }

  private isSharing({ turns }: Places): boolean {
    return this.shared.isShared && turns !== Infinity;
  }

  private entered(places: Places, place: SharedPlace): ChatflowPlace {
    let isHere = true;
    const leave = (): void => {
      if (!isHere) return;
      isHere = false;
      places.taken -= 1;
      void this.letIn(places, true, place);
      this.forgetIfUnused(places);
    };
    return { leave };
  }

  /**
   * Takes places for those who wait before they know of them, so that nobody comes in between.
   * @param givesWay to those who wait at other instances
   * @param returned a place that is given back at the same time
   */
  private async letIn(places: Places, givesWay: boolean, returned?: SharedPlace): Promise<void> {
    const { queue } = places;
    const wanted = Math.max(0, Math.min(queue.size - places.asked, places.turns - places.taken));
    if (wanted === 0 && (returned === undefined || returned === NOT_SHARED)) return;
    places.taken += wanted;
    if (!this.isSharing(places)) {
      returned?.giveBack();
      for (let entering = 0; entering < wanted; entering += 1) queue.letIn(NOT_SHARED);
      return;
    }
    places.asked += wanted;
    const answer = await this.shared.exchange(placeSet('chatflow', places.id), {
      limit: places.turns,
      wanted,
      waitingMs: KNOWN_TO_WAIT_MS,
      givesWay,
      ...(returned === undefined ? {} : { returned }),
    });
    places.asked -= wanted;
    const entered = answer.places.filter((place) => queue.letIn(place)).length;
    // Some have left meanwhile.
    for (const place of answer.places.slice(entered)) place.giveBack();
    if (answer.othersWait && (returned !== undefined || entered < answer.places.length))
      this.bus.publish(PLACE_FREED, places.id);
    if (queue.size > places.asked) this.lookAgain(places, givesWay ? GIVE_WAY_MS : LOOK_EVERY_MS);
    this.free(places, wanted - entered);
  }

  /** Places that were asked for and not taken. */
  private free(places: Places, count: number): void {
    places.taken -= count;
    this.forgetIfUnused(places);
  }

  /** Spread, so that instances do not always look at the same moment. */
  private lookAgain(places: Places, inMs: number): void {
    clearTimeout(places.timer);
    const look = (): void => {
      void this.letIn(places, false);
      this.forgetIfUnused(places);
    };
    places.timer = setTimeout(look, inMs * (0.75 + Math.random() / 2)).unref();
  }

  private forgetIfUnused(places: Places): void {
    if (places.taken > 0 || places.queue.size > 0 || this.chatflows.get(places.id) !== places) return;
    clearTimeout(places.timer);
    this.chatflows.delete(places.id);
  }
}
