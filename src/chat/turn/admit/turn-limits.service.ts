import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppConfig } from '../../../config/app-config.js';
import { errors } from '../../../platform/errors/errors.js';
import { LiveTurns } from '../run/live-turns.js';

const WINDOW_SECONDS = 60;

/** What is left of a user's rate, for the `RateLimit` headers. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly windowSeconds: number;
}

/** How many turns a user may start and run, and how many this instance runs. */
@Injectable()
export class TurnLimits {
  private readonly limiter: RateLimiterMemory;

  constructor(
    private readonly config: AppConfig,
    private readonly turns: LiveTurns,
  ) {
    this.limiter = new RateLimiterMemory({ points: config.limits.turnsPerMinute, duration: WINDOW_SECONDS });
  }

  /**
   * Takes a place for one more turn.
   * @returns the state of the user's rate, and the function that gives the place back when the turn has ended
   * @throws AppError `rate_limited` or `overloaded`, both with the time to wait
   */
  async admit(userId: string): Promise<{ readonly rate: RateState; readonly leave: () => void }> {
    this.assertRoom(userId, 0);
    const leave = this.turns.reserve(userId);
    try {
      return { rate: await this.consume(userId), leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * Looks whether a turn would get a place that takes the one of a turn which runs here.
   * @throws AppError as `admit` does
   */
  async assertCouldReplace(userId: string): Promise<void> {
    this.assertRoom(userId, 1);
    const state = await this.limiter.get(userId);
    if (state !== null && state.remainingPoints <= 0)
      throw errors.rateLimited(Math.ceil(state.msBeforeNext / 1000));
  }

  /** @param freed places that are taken now and will not be */
  private assertRoom(userId: string, freed: number): void {
    const { concurrentTurns, maxOpenTurns } = this.config.limits;
    if (this.turns.places - freed >= maxOpenTurns) throw errors.overloaded();
    if (this.turns.countOf(userId) - freed >= concurrentTurns)
      throw errors.rateLimited(1, `At most ${concurrentTurns} turns of a user run at once.`);
  }

  private async consume(userId: string): Promise<RateState> {
    try {
      const state = await this.limiter.consume(userId);
      return {
        limit: this.config.limits.turnsPerMinute,
        remaining: state.remainingPoints,
        resetSeconds: Math.ceil(state.msBeforeNext / 1000),
        windowSeconds: WINDOW_SECONDS,
      };
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) throw errors.rateLimited(Math.ceil(refusal.msBeforeNext / 1000));
      throw refusal;
    }
  }
}
