import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { AppError } from '../../../platform/errors/app.error.js';
import type { TurnRequest } from '../../records/turn-request.js';
import type { TurnRecord } from '../../records/turn.js';
import { EarlierTurns } from './earlier-turns.service.js';
import type { RequestIdentity } from './request-identity.js';
import { SessionOccupancy } from './session-occupancy.service.js';
import { StorageQuota } from './storage-quota.service.js';
import { TurnHold } from './turn-hold.service.js';
import { TurnPlaces, type ChatflowBusy, type PlacesTaken } from './turn-places.service.js';

/** The instance of a turn that has yielded gives its places back a moment after its end. */
const FREED_TRIES = 10;
const FREED_POLL_MS = 50;

export interface AttachedTurn {
  readonly kind: 'attached';
  readonly turn: TurnRecord;
}

/** How a request gets past the turn that runs in its session, and to the places that it needs. */
@Injectable()
export class SessionEntry {
  constructor(
    private readonly earlier: EarlierTurns,
    private readonly occupancy: SessionOccupancy,
    private readonly places: TurnPlaces,
    private readonly holds: TurnHold,
    private readonly storage: StorageQuota,
  ) {}

  /**
   * Enters the session if a turn runs in it on this instance.
   * @returns that turn if the request is a repeat of it
   * @throws AppError as `AdmissionService.admit` does
   */
  async enterHere(
    request: TurnRequest,
    chatflow: Chatflow,
    identity: RequestIdentity,
  ): Promise<AttachedTurn | undefined> {
    const { principal, sessionId } = request;
    const running =
      sessionId === undefined ? undefined : this.occupancy.runningHere(principal.userId, sessionId);
    return running && this.enter(running, 'here', request, chatflow, identity);
  }

  /**
   * Takes the places of a turn, or waits for them. The one that is missing may be that of a turn which runs in the session on another instance: then
   * that turn is attached to, or yields.
   * @throws AppError as `TurnPlaces.take` and `ChatflowBusy.wait` do; then no place is taken
   */
  async takePlaces(
    request: TurnRequest,
    chatflow: Chatflow,
    identity: RequestIdentity,
  ): Promise<PlacesTaken | AttachedTurn> {
    const tried = await this.places
      .take(request.principal, chatflow)
      .catch((error: unknown) => ({ kind: 'refused' as const, error }));
    if (tried.kind === 'taken') return tried;
    const busy = tried.kind === 'busy' ? tried : undefined;
    try {
      const running = await this.runningElsewhere(request);
      if (running === undefined) {
        if (tried.kind === 'refused') throw tried.error;
        return await tried.wait(false);
      }
      const attached = await this.enter(running, 'elsewhere', request, chatflow, identity);
      if (attached === undefined) return await this.takeFreed(busy, request, chatflow);
      busy?.giveUp();
      return attached;
    } catch (error) {
      busy?.giveUp();
      throw error;
    }
  }

  /** Whoever would be refused all the same stops nothing. */
  private async enter(
    running: TurnRecord,
    runs: 'here' | 'elsewhere',
    { principal }: TurnRequest,
    chatflow: Chatflow,
    identity: RequestIdentity,
  ): Promise<AttachedTurn | undefined> {
    const { userId } = principal;
    const occupancy = await this.occupancy.enter(running, { ...identity, userId }, async (turn) => {
      await this.storage.assertRoom(userId);
      await this.places.assertCouldReplace(userId, chatflow, { runs, chatflowId: turn.record.chatflowId });
      await this.holds.assertCouldPay(principal, chatflow, turn);
    });
    if (occupancy.kind === 'free') return undefined;
    return { kind: 'attached', turn: await this.earlier.attach(occupancy.turn, identity) };
  }

  /** Only where places are shared a turn of another instance can have the one that is missing. */
  private async runningElsewhere({ principal, sessionId }: TurnRequest): Promise<TurnRecord | undefined> {
    if (sessionId === undefined || !this.places.areShared) return undefined;
    return this.occupancy.runningElsewhere(principal.userId, sessionId);
  }

  private async takeFreed(
    busy: ChatflowBusy | undefined,
    { principal }: TurnRequest,
    chatflow: Chatflow,
  ): Promise<PlacesTaken> {
    let held = busy;
    for (let tries = 1; ; tries += 1) {
      try {
        if (held === undefined) {
          const tried = await this.places.take(principal, chatflow);
          if (tried.kind === 'taken') return tried;
          held = tried;
        }
        return await held.wait(true);
      } catch (error) {
        // Who could wait has done so.
        const hasWaited = held !== undefined && (chatflow.concurrency?.queue ?? 0) > 0;
        if (tries === FREED_TRIES || hasWaited || !isRefusal(error)) {
          held?.giveUp();
          throw error;
        }
      }
      await delay(FREED_POLL_MS);
    }
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'rate_limited' || error.code === 'overloaded');
}
