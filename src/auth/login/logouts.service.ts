import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { ProviderSessions } from '../backchannel/provider-sessions.service.js';
import { LoginService } from './login.service.js';
import type { Origin } from './origin.decorator.js';
import { assertOwnAccounts } from './own-accounts.guard.js';

/** Somebody who came with the token of an external issuer. */
type External = Principal & Required<Pick<Principal, 'issuer' | 'subject'>>;

/** Signs people out who ask for it: of a login here, or, as far as this server goes, of a session at their identity provider. */
@Injectable()
export class Logouts {
  constructor(
    private readonly logins: LoginService,
    private readonly sessions: ProviderSessions,
    private readonly audit: AuditLog,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param caller absent: only the refresh token says which login
   * @throws AppError `unauthenticated` when nothing says which; `forbidden` where only a provider's token could
   */
  async logOut(
    caller: Principal | undefined,
    refreshToken: string | undefined,
    origin: Origin,
  ): Promise<void> {
    const isExternal = caller !== undefined && isFromProvider(caller);
    if (isExternal) await this.endAtProvider(caller, origin);
    if (isExternal && refreshToken === undefined) return;
    assertOwnAccounts(this.config);
    await this.logins.logout(caller?.loginId, refreshToken, origin);
  }

  /** By the issuer's clock, as its own word would be: what it issues from now on is good, however far its clock is from ours. */
  private async endAtProvider(caller: External, { requestId }: Origin): Promise<void> {
    const { issuer, subject, issuerSession, issuedAt = 0, userId } = caller;
    const which =
      issuerSession === undefined
        ? ({ kind: 'sub', name: subject } as const)
        : ({ kind: 'sid', name: issuerSession } as const);
    await this.sessions.end({ issuer, ...which, endedAt: new Date(issuedAt) });
    const id = this.config.auth.issuers.find((one) => one.issuer === issuer)?.id ?? issuer;
    await this.audit.write({
      action: 'sign-in.end',
      phase: 'done',
      actorId: userId,
      targetKind: 'user',
      targetId: userId,
      details: { issuer: id },
      ...(requestId === undefined ? {} : { requestId }),
    });
  }
}

/** A key of such a user is no sign-in of theirs. */
function isFromProvider(caller: Principal): caller is External {
  return caller.apiKeyId === undefined && caller.issuer !== undefined && caller.subject !== undefined;
}
