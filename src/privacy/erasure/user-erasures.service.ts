import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { UsersService } from '../../auth/users/users.service.js';
import { RevokedAccess } from '../../auth/directory/revoked-access.service.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../../auth/max-staleness.js';
import { AppConfig } from '../../config/app-config.js';
import { isDatabaseExclusive } from '../../config/exclusive-database.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { FaultPoints } from '../../platform/lifecycle/fault-points.service.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { ErasureTally } from './erasure-tally.js';
import { NOTHING_ERASED, type ErasurePhase, type UserErasure } from './user-erasure.js';
import { UserErasureStore, type ErasureProgress } from './user-erasure.store.port.js';
import { UserRemover } from './user-remover.service.js';

const UPKEEP_INTERVAL_MS = 5000;
/** Until whoever is at an erasure counts as gone. Longer than a session takes. */
const TAKEN_FOR_MS = 120_000;
/** Before a pass looks again at turns that have still to end, or at what has failed. */
const AGAIN_AFTER_MS = 250;
const AGAIN_AFTER_FAILURE_MS = 30_000;
/** By then no instance lets the user begin anything, whatever it was that it remembered, and what it had begun to admit has begun. */
const UNKNOWN_AFTER_MS = MAX_AUTHORITY_STALENESS_MS + 5000;
/** Until an erasure that was written down is taken up by somebody else than who has written it. */
const BEGUN_WITHIN_MS = 10_000;
/** A pass that takes longer leaves the rest to the next. */
const PASS_MS = 30_000;
/** How long whoever asks waits for a pass; it goes on without them. */
const WAIT_MS = 5000;
/** For as long one can ask how an erasure has gone. */
const KEPT_FOR_MS = 90 * 24 * 3600_000;

/**
 * Erases users: each erasure is written down before anything of it is done, goes on where it was cut off, on whichever instance, and looks once more
 * when no instance can know the user any more.
 */
@Injectable()
export class UserErasures implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly upkeep = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.carryOutDue());
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  /** With a database of our own, whatever was taken before this process began is nobody's any more. */
  private takesAll: boolean;

  constructor(
    private readonly store: UserErasureStore,
    private readonly remover: UserRemover,
    private readonly users: UsersService,
    private readonly access: RevokedAccess,
    private readonly clock: Clock,
    private readonly faults: FaultPoints,
    private readonly log: StructuredLog,
    config: AppConfig,
  ) {
    this.takesAll = isDatabaseExclusive(config);
  }

  onApplicationBootstrap(): void {
    this.upkeep.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.upkeep.stop();
    await Promise.all(this.running);
  }

  /** @throws AppError `not_found` when none was asked for, or long ago */
  async find(userId: string): Promise<UserErasure> {
    const erasure = await this.store.find(userId);
    if (erasure === undefined) throw errors.notFound('The erasure');
    return erasure;
  }

  /**
   * Shuts the user out and erases them. Asked again it tells how far it is.
   * @returns what five seconds have brought; it goes on by itself
   * @throws AppError `not_found`; `conflict` for the last admin
   */
  async erase(userId: string): Promise<UserErasure> {
    if ((await this.store.find(userId)) === undefined) await this.begin(userId);
    const pass = this.carryOut(userId);
    this.running.add(pass);
    void pass.finally(() => this.running.delete(pass));
    await Promise.race([pass, delay(WAIT_MS, undefined, { ref: false })]);
    return this.find(userId);
  }

  private async begin(userId: string): Promise<void> {
    await this.users.assertMayGo(userId);
    const { tenantId } = await this.users.find(userId);
    const now = new Date(this.clock.now());
    await this.store.begin({
      userId,
      tenantId,
      phase: 'erasing',
      requestedAt: now,
      // Whoever asks goes on with it, if they get that far.
      dueAt: new Date(now.getTime() + BEGUN_WITHIN_MS),
      erased: NOTHING_ERASED,
      notReached: [],
    });
    await this.shutOut(userId);
  }

  /** @throws AppError `conflict` when two admins were erased at once, and this is the one that is left: then nothing was done */
  private async shutOut(userId: string): Promise<void> {
    try {
      await this.users.change(userId, { disabled: true }, userId);
    } catch (error) {
      const code = error instanceof AppError ? error.code : undefined;
      // A pass before has removed the user and was cut short behind that.
      if (code === 'not_found') return;
      if (code === 'conflict') await this.store.discard(userId);
      throw error;
    }
  }

  /** Never rejects. */
  private async carryOut(userId: string): Promise<void> {
    const waitsUntil = performance.now() + WAIT_MS;
    try {
      while (!this.stopping.signal.aborted) {
        const owner = randomUUID();
        const now = this.clock.now();
        const taken = await this.store.take(userId, owner, new Date(now), new Date(now + TAKEN_FOR_MS));
        const phase = taken && (await this.pass(taken, owner));
        if (phase !== 'erasing' || performance.now() > waitsUntil) return;
        await delay(AGAIN_AFTER_MS);
      }
    } catch (error) {
      this.log.warn({ userId, err: error }, 'The erasure of a user could not be taken up yet');
    }
  }

  /** All that are due, one after the other. Never rejects. */
  private async carryOutDue(): Promise<void> {
    try {
      while (!this.stopping.signal.aborted) {
        const owner = randomUUID();
        const now = this.clock.now();
        const until = new Date(now + TAKEN_FOR_MS);
        const taken =
          (this.takesAll ? await this.store.takeOver(owner, until) : undefined) ??
          (await this.store.takeDue(owner, new Date(now), until));
        if (taken === undefined) break;
        await this.pass(taken, owner);
      }
      this.takesAll = false;
    } catch (error) {
      this.log.warn({ err: error }, 'Erasures of users could not be looked for');
    }
  }

  /** Never rejects for what fails in it: that comes again. */
  private async pass(erasure: UserErasure, owner: string): Promise<ErasurePhase | undefined> {
    const { userId } = erasure;
    const tally = new ErasureTally(erasure);
    const told = () => ({ erased: tally.erased, notReached: tally.notReached });
    let next: ErasureProgress;
    try {
      next = { ...(await this.step(erasure, tally)), ...told() };
    } catch (error) {
      if (error instanceof AppError && error.code === 'conflict') return undefined;
      if (!this.stopping.signal.aborted)
        this.log.warn({ userId, err: error }, 'The erasure of a user was cut short; it goes on');
      const pauseMs = this.stopping.signal.aborted ? 0 : AGAIN_AFTER_FAILURE_MS;
      next = { phase: erasure.phase, ...told(), ...this.dueIn(pauseMs) };
    }
    await this.store.save(userId, owner, next);
    if (next.phase === 'done')
      this.log.info({ userId, ...tally.erased, notReached: tally.notReached.length }, 'A user was erased');
    return next.phase;
  }

  private async step(
    erasure: UserErasure,
    tally: ErasureTally,
  ): Promise<Omit<ErasureProgress, 'erased' | 'notReached'>> {
    const { userId, phase } = erasure;
    const shutOutAt = erasure.shutOutAt ?? new Date(this.clock.now());
    if (phase === 'erasing') await this.shutOut(userId);
    // Again also when all seemed gone: another instance may have let something begin meanwhile.
    await this.access.revoked(userId);
    this.faults.reach('user-shut-out');
    await this.remover.removeAccess(userId, tally);
    this.faults.reach('user-access-removed');
    const isThrough = await this.remover.removeSessions(userId, tally, {
      signal: this.stopping.signal,
      until: performance.now() + PASS_MS,
    });
    this.faults.reach('user-sessions-removed');
    if (!isThrough) return { phase, shutOutAt, ...this.dueIn(AGAIN_AFTER_MS) };
    await this.remover.removeRest(userId, tally);
    this.faults.reach('user-rest-removed');
    await this.remover.removeUser(userId);
    this.faults.reach('user-removed');
    const now = this.clock.now();
    const unknownAt = shutOutAt.getTime() + UNKNOWN_AFTER_MS;
    if (phase === 'erasing' || now < unknownAt)
      return { phase: 'confirming', shutOutAt, dueAt: new Date(Math.max(unknownAt, now)) };
    return { phase: 'done', shutOutAt, finishedAt: new Date(now), expiresAt: new Date(now + KEPT_FOR_MS) };
  }

  private dueIn(milliseconds: number): { readonly dueAt: Date } {
    return { dueAt: new Date(this.clock.now() + milliseconds) };
  }
}
