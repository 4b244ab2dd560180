import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import type { RequestIdentity } from './request-identity.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { TurnStore } from '../../records/turn.store.port.js';
import type { TurnRecord } from '../../records/turn.js';

export const KEY_LIFETIME_MS = 24 * 3600 * 1000;
/** SDKs repeat a request within their own time-outs, of ten minutes at most by default. */
const REPEATED_WITHIN_MS = 10 * 60_000;
/** A repeat may take the answer of such a turn; one that failed is asked again. */
const ATTACHABLE: readonly TurnRecord['status'][] = ['running', 'completed'];

/** Turns that an earlier request of the same client has started, and that a repeat of it attaches to. */
@Injectable()
export class EarlierTurns {
  constructor(
    private readonly turns: TurnStore,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `idempotency_key_reused`; `not_found` when the turn of the key was deleted with its session */
  async find(request: TurnRequest, identity: RequestIdentity): Promise<TurnRecord | undefined> {
    return (await this.ofKey(request, identity)) ?? this.ofRepetition(request, identity);
  }

  /**
   * Attaches a request to the running turn that it repeats. If it has a key, its own repeats find the turn by that from now on, also when it
   * has ended: they must not buy it again.
   * @throws AppError `turn_in_progress` when the turn has become another key's meanwhile
   */
  async attach(turn: TurnRecord, { keyHash }: Pick<RequestIdentity, 'keyHash'>): Promise<TurnRecord> {
    if (keyHash === undefined || keyHash === turn.keyHash) return turn;
    if (await this.turns.bindKey(turn, keyHash)) return turn;
    throw errors.turnInProgress(turn.id);
  }

  /** @throws AppError `idempotency_key_reused`; `not_found` when the turn was deleted with its session */
  assertSame(turn: TurnRecord, requestHash: string): TurnRecord {
    if (turn.deletedAt !== undefined) throw errors.notFound('The turn');
    if (turn.requestHash !== requestHash) throw errors.idempotencyKeyReused();
    return turn;
  }

  private async ofKey(
    { principal }: TurnRequest,
    { keyHash, requestHash }: RequestIdentity,
  ): Promise<TurnRecord | undefined> {
    if (keyHash === undefined) return undefined;
    const turn = await this.turns.findByKey(principal.userId, keyHash);
    if (turn === undefined) return undefined;
    // What is left of a deleted one goes by itself, and its key with it.
    if (turn.deletedAt === undefined && this.clock.now() - turn.startedAt.getTime() > KEY_LIFETIME_MS) {
      await this.turns.releaseKey(turn);
      return undefined;
    }
    return this.assertSame(turn, requestHash);
  }

  private async ofRepetition(
    { principal, repetition = 0 }: TurnRequest,
    { repeatHash, keyHash }: RequestIdentity,
  ): Promise<TurnRecord | undefined> {
    if (repeatHash === undefined || repetition < 1) return undefined;
    const since = new Date(this.clock.now() - REPEATED_WITHIN_MS);
    const turn = await this.turns.findRepeated(principal.userId, repeatHash, since);
    if (turn === undefined || !ATTACHABLE.includes(turn.status)) return undefined;
    if (keyHash !== undefined && turn.keyHash === undefined) await this.turns.bindKey(turn, keyHash);
    return turn;
  }
}
