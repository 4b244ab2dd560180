import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { User } from '../accounts/user.js';
import { UserStore } from '../accounts/user.store.port.js';
import { UserDirectory, type DirectoryEntry } from '../directory/user-directory.port.js';
import { TokenRefusedError } from '../tokens/token-refused.error.js';

/** What a token of an external issuer says of its user's tenant. */
export interface ToldTenant {
  readonly tenantId: string;
  /** When the token was issued, by the issuer's clock, epoch milliseconds. A token that does not say it moves nobody. */
  readonly issuedAt: number;
  /** The issuer's short name. */
  readonly issuer: string;
}

/**
 * Moves users of external issuers to the tenants that their tokens name. The token that was issued last counts: an older one that names another
 * tenant is refused, so that two tokens do not move a user to and fro. What a user has made stays with the tenant that it was made in.
 */
@Injectable()
export class TenantMoves {
  constructor(
    private readonly users: UserStore,
    private readonly directory: UserDirectory,
    private readonly audit: AuditLog,
    private readonly log: StructuredLog,
  ) {}

  /**
   * @returns the user as of now, in the tenant that the token names; `undefined` when the user was removed just now
   * @throws TokenRefusedError when a token that was issued later named another
   */
  async follow(known: DirectoryEntry, told: ToldTenant): Promise<DirectoryEntry | undefined> {
    const { userId } = known;
    if (known.tenantId === told.tenantId) {
      // One that was issued before this one must not move them, whenever it comes. Once for each token: it is remembered then.
      if (told.issuedAt > (known.tenantSince ?? 0))
        await this.users.affirmTenant(userId, told.tenantId, new Date(told.issuedAt));
      return known;
    }
    // Asked of the store, because what is known here may be some seconds old.
    const user = await this.users.findById(userId);
    if (user !== undefined && user.tenantId !== told.tenantId) await this.move(user, told);
    this.directory.changed(userId);
    const now = await this.directory.find(userId);
    // Another token, issued later, has moved them on meanwhile: this one stands for nobody there.
    if (now !== undefined && now.tenantId !== told.tenantId) throw refusalOf(told);
    return now;
  }

  private async move({ id, tenantId: from, tenantSince }: User, told: ToldTenant): Promise<void> {
    const { tenantId, issuedAt, issuer } = told;
    if (issuedAt <= (tenantSince?.getTime() ?? 0)) throw refusalOf(told);
    const details = { issuer, from, to: tenantId };
    await this.audit.around(
      { action: 'user.move', actorId: id, targetKind: 'user', targetId: id, details },
      async () => {
        if (await this.users.moveTo(id, tenantId, new Date(issuedAt))) return;
        // Another token, issued later, may have been first; or this very one, which comes with several requests at once.
        const now = await this.users.findById(id);
        if (now !== undefined && now.tenantId !== tenantId)
          throw errors.unauthenticated('The access token is not valid.', refusalOf(told));
      },
    );
    this.log.info({ userId: id, ...details }, 'A user has another tenant');
  }
}

function refusalOf({ tenantId, issuer }: ToldTenant): TokenRefusedError {
  return new TokenRefusedError({ reason: 'tenant_changed', found: tenantId, issuer });
}
