import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import type { User } from '../accounts/user.js';
import { UserStore } from '../accounts/user.store.port.js';

/** Longer than any process takes from its claim to its change; what stands longer was left behind by one that died. */
export const STALE_CLAIM_MS = 60_000;

/**
 * Keeps at least one admin who is not disabled, whoever takes the role from whom at the same time, on whatever instance, and whenever one of them dies. Whoever is
 * about to be an admin no more is claimed first, and does not count as one for others from then on; the change itself is made only while the claim is
 * there. So of two admins who take each other's role either sees the other claimed: nobody is lost by a process that dies, but for its claim, which is taken away
 * after {@link STALE_CLAIM_MS} and with it the right to go on.
 */
@Injectable()
export class LastAdmin {
  constructor(
    private readonly users: UserStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes a change after which a user is no admin, or disabled; also of one who is no admin, who may become one at the same time.
   * @param work makes the change as long as the claim with this id is on the user, and takes the claim off; undefined when the claim was gone
   * @throws AppError `conflict` when nobody else is an admin; `overloaded` while the user is being changed by somebody else, for at most {@link STALE_CLAIM_MS} when
   *   that one has died; `not_found`; what `work` throws
   */
  async leave<T>(userId: string, work: (claimId: string) => Promise<T | undefined>): Promise<T> {
    const now = this.clock.now();
    const claim = { id: randomUUID(), at: new Date(now) };
    await this.users.dropAdminClaims(userId, new Date(now - STALE_CLAIM_MS));
    if (!(await this.users.claimAdmin(userId, claim))) throw await this.unclaimable(userId);
    let result: T | undefined;
    try {
      await this.assertNotLast(userId);
      result = await work(claim.id);
    } catch (error) {
      await this.users.unclaimAdmin(userId, claim.id);
      throw error;
    }
    if (result === undefined) throw errors.userBeingChanged();
    return result;
  }

  private async unclaimable(userId: string): Promise<Error> {
    const user = await this.users.findById(userId);
    return user === undefined ? errors.notFound('The user') : errors.userBeingChanged();
  }

  /** How it is at this moment: of two who look at the same time, both may go on. @throws AppError `conflict` for the only one who is an admin and not disabled */
  async assertNotLast(userId: string): Promise<void> {
    const user = await this.users.findById(userId);
    if (user !== undefined && isActiveAdmin(user) && !(await this.users.hasOtherAdmin(userId)))
      throw errors.conflict('This is the last admin: make another one first.');
  }
}

function isActiveAdmin({ roles, disabledAt }: User): boolean {
  return roles.includes('admin') && disabledAt === undefined;
}
