import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { BEAT, RepeatingTask } from '../../platform/repeating-task.js';
import { InstanceBus } from '../instance-bus.port.js';
import { InstanceId } from '../instance-id.js';
import { HeldPlaces } from './held-places.js';
import type { PlaceSet } from './place-set.js';
import { EXCHANGE, GIVE_BACK, LOOK, RENEW, TAKE_COUNTED } from './place-scripts.js';
import { SharedScripts } from './shared-scripts.port.js';

/** Each lease is renewed so many times before it is over. */
const RENEWALS_PER_LEASE = 3;
/** Scripts of one renewal that are on their way together. */
const RENEWALS_AT_ONCE = 8;

/** A place that this instance has, renewed until it is given back. */
export interface SharedPlace {
  /** Not waited for, and never fails; once more does nothing. */
  readonly giveBack: () => void;
}

/** So many in so much time, counted from the first. */
export interface SharedRate {
  readonly limit: number;
  readonly windowMs: number;
}

/** `alone`: nobody has said, so this instance has to decide by what it knows; it has the place until it gives it back. */
export type CountedPlace =
  | { readonly kind: 'taken'; readonly place: SharedPlace; readonly count: number; readonly resetMs: number }
  | { readonly kind: 'full' }
  | { readonly kind: 'spent'; readonly resetMs: number }
  | { readonly kind: 'alone'; readonly place: SharedPlace };

export interface Exchange {
  /** Places that there are. */
  readonly limit: number;
  readonly wanted: number;
  /** For how long other instances are to know that turns wait here if there are not as many. 0: they do not wait. */
  readonly waitingMs: number;
  /** Takes none while turns wait at other instances. */
  readonly givesWay: boolean;
  /** A place that is given back at the same time. */
  readonly returned?: SharedPlace;
}

/** What an exchange has led to. */
export interface Exchanged {
  readonly places: readonly SharedPlace[];
  /** Other instances, whose turns wait. */
  readonly othersWait: boolean;
  /** Nobody has said: it has as many places as it wanted, and has to give back those that it cannot have by what it knows. */
  readonly isAlone: boolean;
}

/** What is taken at the moment. */
export interface PlacesTaken {
  readonly taken: number;
  readonly count: number;
  readonly resetMs: number;
}

/** Where nothing is shared nothing is held. */
const NOTHING_HELD: SharedPlace = { giveBack: () => undefined };

class HeldPlace implements SharedPlace {
  constructor(
    readonly set: PlaceSet,
    readonly member: string,
    private readonly onReturn: (place: HeldPlace) => void,
  ) {}

  readonly giveBack = (): void => this.onReturn(this);
}

/**
 * Places that all instances share, each of them leased. One task renews all that this instance has, and by that writes them again when Redis has
 * lost them. Where nothing is shared it holds nothing.
 */
@Injectable()
export class SharedPlaces implements OnModuleInit, OnApplicationShutdown {
  private readonly held = new HeldPlaces();
  private readonly leaseMs: number;
  private readonly renewals: RepeatingTask;
  private made = 0;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly scripts: SharedScripts,
    private readonly bus: InstanceBus,
    private readonly instance: InstanceId,
    { turns: { leaseMs } }: AppConfig,
  ) {
    this.leaseMs = leaseMs;
    this.renewals = new RepeatingTask(leaseMs / RENEWALS_PER_LEASE, () => this.renew(), BEAT);
  }

  get isShared(): boolean {
    return this.scripts.isShared;
  }

  onModuleInit(): void {
    if (!this.isShared) return;
    this.renewals.start();
    this.stopListening = this.bus.onRestored(() => void this.renewals.runNow());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    await this.renewals.stop();
  }

  /** Takes a place and counts it, both or neither. Never rejects. */
  async takeCounted(set: PlaceSet, limit: number, rate: SharedRate): Promise<CountedPlace> {
    if (!this.isShared) return { kind: 'alone', place: NOTHING_HELD };
    const place = this.newPlace(set);
    const values = [place.member, this.leaseMs, limit, rate.limit, rate.windowMs];
    try {
      const answer = await this.scripts.run(TAKE_COUNTED, [set.places, set.rate], values);
      const [kind, first, second] = answer as [string, number, number];
      if (kind === 'full') return { kind };
      if (kind === 'spent') return { kind, resetMs: first };
      return { kind: 'taken', place: this.hold(place), count: first, resetMs: second };
    } catch {
      return { kind: 'alone', place: this.hold(place) };
    }
  }

  /** Gives a place back and takes others. Never rejects. */
  async exchange(
    set: PlaceSet,
    { limit, wanted, waitingMs, givesWay, returned }: Exchange,
  ): Promise<Exchanged> {
    if (!this.isShared)
      return { places: Array<SharedPlace>(wanted).fill(NOTHING_HELD), othersWait: false, isAlone: true };
    const places = Array.from({ length: wanted }, () => this.newPlace(set));
    const back = returned instanceof HeldPlace && this.held.drop(returned.member) ? [returned.member] : [];
    const options = [this.leaseMs, limit, this.instance.id, waitingMs, givesWay ? 1 : 0, wanted];
    try {
      const [granted, others] = (await this.scripts.run(
        EXCHANGE,
        [set.places, set.waiting],
        [...options, ...places.map(({ member }) => member), ...back],
      )) as [number, number];
      const got = places.slice(0, granted).map((place) => this.hold(place));
      return { places: got, othersWait: others > 0, isAlone: false };
    } catch {
      for (const member of back) this.held.noteUnreturned(set, member);
      return { places: places.map((place) => this.hold(place)), othersWait: false, isAlone: true };
    }
  }

  /** @returns undefined when nobody has said */
  async look(set: PlaceSet): Promise<PlacesTaken | undefined> {
    if (!this.isShared) return undefined;
    try {
      const answer = await this.scripts.run(LOOK, [set.places, set.rate]);
      const [taken, count, resetMs] = answer as [number, number, number];
      return { taken, count, resetMs };
    } catch {
      return undefined;
    }
  }

  private newPlace(set: PlaceSet): HeldPlace {
    this.made += 1;
    return new HeldPlace(set, `${this.instance.id}:${this.made.toString(36)}`, this.giveBack);
  }

  private hold(place: HeldPlace): HeldPlace {
    this.held.hold(place.set, place.member);
    return place;
  }

  private readonly giveBack = ({ set, member }: HeldPlace): void => {
    if (!this.held.drop(member)) return;
    this.scripts.run(GIVE_BACK, [set.places], [member]).catch(() => this.held.noteUnreturned(set, member));
  };

  /** What fails is written with the next renewal. */
  private async renew(): Promise<void> {
    const batches = this.held.batches();
    for (let next = 0; next < batches.length; next += RENEWALS_AT_ONCE) {
      const written = batches.slice(next, next + RENEWALS_AT_ONCE).map((batch) => this.write(batch));
      if ((await Promise.all(written)).includes(false)) return;
    }
  }

  private async write(batch: ReturnType<HeldPlaces['batches']>[number]): Promise<boolean> {
    // Some may have been given back since the batches were made.
    const held = batch.filter((entry) => this.held.isHeld(entry));
    const unreturned = batch.filter((entry) => this.held.isUnreturned(entry));
    const all = [...held, ...unreturned];
    if (all.length === 0) return true;
    const signed = [
      ...held.map(({ member }) => `+${member}`),
      ...unreturned.map(({ member }) => `-${member}`),
    ];
    try {
      await this.scripts.run(
        RENEW,
        all.map(({ set }) => set.places),
        [this.leaseMs, ...signed],
      );
      this.held.noteReturned(unreturned.map(({ member }) => member));
      return true;
    } catch {
      return false;
    }
  }
}
