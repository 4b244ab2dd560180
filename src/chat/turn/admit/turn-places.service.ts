import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { SharedPlaces } from '../../../cluster/limits/shared-places.service.js';
import type { Principal } from '../../../contract/principal.js';
import { ChatflowPlaces, type ChatflowPlace } from './chatflow-places.service.js';
import { TurnLimits, type RateState, type UserPlace } from './turn-limits.service.js';

/** For so long both places of a user who was refused are asked for one after the other. */
const REFUSED_LATELY_MS = 1000;
/** Users who are known to have been refused; the others cost others a place for a moment. */
const MAX_REFUSED_LATELY = 10_000;

/** The places that one turn has got. */
export interface PlacesTaken {
  readonly kind: 'taken';
  readonly rate: RateState;
  /** Whether it had to wait, so that what was known of the chatflow may be different by now. */
  readonly waited: boolean;
  /** Gives all of them back. To be called when the turn has ended; once more does nothing. */
  readonly leave: () => void;
}

/** Its chatflow has no place now: it may wait for one, and has its user's meanwhile. */
export interface ChatflowBusy {
  readonly kind: 'busy';
  /**
   * @param mayBeFree whether a place may have come free since
   * @throws AppError as `ChatflowPlaces.waitFor` does; then it may be called again
   */
  readonly wait: (mayBeFree: boolean) => Promise<PlacesTaken>;
  /** Gives the user's place back. */
  readonly giveUp: () => void;
}

type Who = Pick<Principal, 'userId' | 'connection'>;

/** What one turn needs: a place among its user's, and one of its chatflow. */
@Injectable()
export class TurnPlaces {
  private readonly refusedLately = new LRUCache<string, true>({
    max: MAX_REFUSED_LATELY,
    ttl: REFUSED_LATELY_MS,
  });

  constructor(
    private readonly limits: TurnLimits,
    private readonly chatflows: ChatflowPlaces,
    private readonly shared: SharedPlaces,
  ) {}

  /** Whether turns of other instances count. */
  get areShared(): boolean {
    return this.shared.isShared;
  }

  /**
   * Takes both, or none.
   * @throws AppError `rate_limited` or `overloaded`, when the user has none
   */
  async take(who: Who, chatflow: Chatflow): Promise<PlacesTaken | ChatflowBusy> {
    const arrival = this.chatflows.arrive();
    const { user, place } = await this.ask(who.userId, chatflow);
    if (place !== undefined) return taken(user, place, false);
    const wait = async (mayBeFree: boolean): Promise<PlacesTaken> => {
      const now = mayBeFree ? await this.chatflows.enter(chatflow) : undefined;
      return taken(user, now ?? (await this.chatflows.waitFor(chatflow, arrival, who.connection)), true);
    };
    return { kind: 'busy', wait, giveUp: user.leave };
  }

  /**
   * Looks whether a turn would get its places if another gave up its own.
   * @param yielding where that one runs, and its chatflow
   * @throws AppError `rate_limited` or `overloaded`
   */
  async assertCouldReplace(
    userId: string,
    chatflow: Chatflow,
    yielding: { readonly runs: 'here' | 'elsewhere'; readonly chatflowId: string },
  ): Promise<void> {
    await this.limits.assertCouldReplace(userId, yielding.runs);
    await this.chatflows.assertCouldReplace(chatflow, yielding.chatflowId);
  }

  /**
   * At once, so that shared counts are waited for once. Not for whoever is refused again and again: that must not take places from others, however
   * short the time.
   */
  private async ask(
    userId: string,
    chatflow: Chatflow,
  ): Promise<{ readonly user: UserPlace; readonly place: ChatflowPlace | undefined }> {
    const isAtOnce =
      this.shared.isShared && chatflow.concurrency !== undefined && !this.refusedLately.has(userId);
    const admitted = this.limits.admit(userId);
    const entered = isAtOnce ? this.chatflows.enter(chatflow) : undefined;
    try {
      const user = await admitted;
      return { user, place: await (entered ?? this.chatflows.enter(chatflow)) };
    } catch (error) {
      if (this.shared.isShared) this.refusedLately.set(userId, true);
      (await entered)?.leave();
      throw error;
    }
  }
}

function taken({ rate, leave }: UserPlace, place: ChatflowPlace, waited: boolean): PlacesTaken {
  const leaveBoth = (): void => {
    leave();
    place.leave();
  };
  return { kind: 'taken', rate, waited, leave: leaveBoth };
}
