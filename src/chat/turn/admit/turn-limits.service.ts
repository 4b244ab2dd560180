import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { placeSet } from '../../../cluster/limits/place-set.js';
import { SharedPlaces } from '../../../cluster/limits/shared-places.service.js';
import { AppConfig } from '../../../config/app-config.js';
import { errors } from '../../../platform/errors/errors.js';
import type { AppError } from '../../../platform/errors/app.error.js';
import { LiveTurns } from '../run/live-turns.js';

const WINDOW_SECONDS = 60;

/** What is left of a user's rate, for the `RateLimit` headers. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly windowSeconds: number;
}

/** A user's place. */
export interface UserPlace {
  /** The state of the user's rate. */
  readonly rate: RateState;
  /** Gives the place back. To be called when the turn has ended; once more does nothing. */
  readonly leave: () => void;
}

/**
 * How many turns a user may start and run, on all instances together where they share counts, and how many this instance runs. Whenever the shared
 * count does not answer this instance decides by its own: a user may then have the limits once more on each.
 */
@Injectable()
export class TurnLimits {
  /** What was begun here while nobody counted for all. */
  private readonly alone: RateLimiterMemory;

  constructor(
    private readonly config: AppConfig,
    private readonly turns: LiveTurns,
    private readonly shared: SharedPlaces,
  ) {
    this.alone = new RateLimiterMemory({ points: config.limits.turnsPerMinute, duration: WINDOW_SECONDS });
  }

  /**
   * Takes a place for one more turn.
   * @throws AppError `rate_limited` or `overloaded`, both with the time to wait
   */
  async admit(userId: string): Promise<UserPlace> {
    this.assertRoom(userId, 0);
    const leaveHere = this.turns.reserve(userId);
    const { concurrentTurns, turnsPerMinute } = this.config.limits;
    const answer = await this.shared.takeCounted(placeSet('user', userId), concurrentTurns, {
      limit: turnsPerMinute,
      windowMs: WINDOW_SECONDS * 1000,
    });
    if (answer.kind === 'full' || answer.kind === 'spent') {
      leaveHere();
      throw answer.kind === 'full' ? this.tooManyAtOnce() : errors.rateLimited(secondsOf(answer.resetMs));
    }
    const leave = (): void => {
      leaveHere();
      answer.place.giveBack();
    };
    if (answer.kind === 'taken')
      return { rate: this.stateOf(turnsPerMinute - answer.count, answer.resetMs), leave };
    try {
      return { rate: await this.consumeHere(userId), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * Looks whether a turn would get a place that takes the one of a turn which runs.
   * @param runs whether that one runs on this instance
   * @throws AppError as `admit` does
   */
  async assertCouldReplace(userId: string, runs: 'here' | 'elsewhere'): Promise<void> {
    this.assertRoom(userId, runs === 'here' ? 1 : 0);
    const seen = await this.shared.look(placeSet('user', userId));
    if (seen !== undefined) {
      const { concurrentTurns, turnsPerMinute } = this.config.limits;
      if (seen.taken - 1 >= concurrentTurns) throw this.tooManyAtOnce();
      if (seen.count >= turnsPerMinute) throw errors.rateLimited(secondsOf(seen.resetMs));
      return;
    }
    const state = await this.alone.get(userId);
    if (state !== null && state.remainingPoints <= 0)
      throw errors.rateLimited(Math.ceil(state.msBeforeNext / 1000));
  }

  /** @param freed places that are taken now and will not be */
  private assertRoom(userId: string, freed: number): void {
    const { concurrentTurns, maxOpenTurns } = this.config.limits;
    if (this.turns.places - freed >= maxOpenTurns) throw errors.overloaded();
    if (this.turns.countOf(userId) - freed >= concurrentTurns) throw this.tooManyAtOnce();
  }

  private tooManyAtOnce(): AppError {
    return errors.rateLimited(
      1,
      `At most ${this.config.limits.concurrentTurns} turns of a user run at once.`,
    );
  }

  private async consumeHere(userId: string): Promise<RateState> {
    try {
      const { remainingPoints, msBeforeNext } = await this.alone.consume(userId);
      return this.stateOf(remainingPoints, msBeforeNext);
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw errors.rateLimited(Math.ceil(refusal.msBeforeNext / 1000));
      throw refusal;
    }
  }

  private stateOf(remaining: number, resetMs: number): RateState {
    return {
      limit: this.config.limits.turnsPerMinute,
      remaining,
      resetSeconds: Math.ceil(resetMs / 1000),
      windowSeconds: WINDOW_SECONDS,
    };
  }
}

const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
