import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UserStore } from '../accounts/user.store.port.js';
import { RevokedAccess } from '../directory/revoked-access.service.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import { Issuers, type Issuer } from '../issuers/issuers.service.js';
import { KeySetOutageError } from '../tokens/issuer-keys.js';
import { MAX_LOGOUT_TOKEN_AGE_S } from '../tokens/logout-token.js';
import { TokenRefusals } from '../tokens/token-refusals.service.js';
import { TokenRefusedError } from '../tokens/token-refused.error.js';
import { readLogoutClaims, type LogoutClaims } from './logout-claims.js';
import { providerKey } from './provider-key.js';
import { ProviderSessionStore } from './provider-session.store.port.js';
import { ProviderSessions } from './provider-sessions.service.js';

/** Signs users out whom their identity provider has signed out: OpenID Connect Back-Channel Logout 1.0. */
@Injectable()
export class BackchannelLogout {
  constructor(
    private readonly issuers: Issuers,
    private readonly refusals: TokenRefusals,
    private readonly sessions: ProviderSessions,
    private readonly store: ProviderSessionStore,
    private readonly users: UserStore,
    private readonly directory: UserDirectory,
    private readonly access: RevokedAccess,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /**
   * Refuses the tokens that were issued before for what the logout token names, and ends what the user is in the middle of. May be repeated with the
   * same token as long as it has not succeeded.
   * @throws AppError `validation_failed` for a token that is no good or was used; `upstream_unavailable` when the issuer's keys cannot be fetched
   */
  async logOut(token: string): Promise<void> {
    const { issuer, claims } = await this.verified(token);
    const { issuer: name, clockToleranceSeconds } = issuer.config;
    const tokenId = providerKey('jti', name, claims.tokenId);
    if (await this.store.isUsed(tokenId)) throw refused('has been used');
    const userId = await this.end(name, claims);
    if (userId !== undefined) await this.access.revoked(userId);
    const keepForMs = (MAX_LOGOUT_TOKEN_AGE_S + 2 * clockToleranceSeconds) * 1000;
    // Last: whoever could not be signed out is told again with the same token.
    if (!(await this.store.use(tokenId, new Date(this.clock.now() + keepForMs))))
      throw refused('has been used');
    this.log.info({ issuer: issuer.config.id, userId }, 'An identity provider has signed a user out');
  }

  private async verified(token: string): Promise<{ issuer: Issuer; claims: LogoutClaims }> {
    try {
      const issuer = this.issuers.named(issuerNamedIn(token));
      if (issuer === undefined) throw new TokenRefusedError({ reason: 'iss' });
      const claims = readLogoutClaims(await issuer.tokens.verifyLogout(token));
      if (typeof claims === 'string')
        throw new TokenRefusedError({ reason: claims, issuer: issuer.config.id });
      return { issuer, claims };
    } catch (error) {
      if (error instanceof KeySetOutageError)
        throw errors.upstreamUnavailable("The identity provider's keys cannot be fetched.", error);
      if (!(error instanceof TokenRefusedError)) throw error;
      this.refusals.note(error, 'A logout token was refused');
      throw refused('is not valid');
    }
  }

  /** @returns whose access it was; `undefined` when nobody came with it yet */
  private async end(
    issuer: string,
    { subject, session, issuedAt: endedAt }: LogoutClaims,
  ): Promise<string | undefined> {
    if (session === undefined) return this.endAllOf(issuer, subject ?? '', endedAt);
    const known = await this.sessions.end({ issuer, kind: 'sid', name: session, endedAt });
    if (subject === undefined) return known;
    // Of tokens that name no session nobody can tell which they belong to.
    await this.sessions.end({ issuer, kind: 'sub', name: subject, endedAt });
    return (await this.directory.findByIdentity({ issuer, subject }))?.userId;
  }

  /** Made if need be: tokens that were issued before and come first now are to be refused, too. */
  private async endAllOf(issuer: string, subject: string, endedAt: Date): Promise<string | undefined> {
    const user = await this.directory.ensureIdentity({ issuer, subject });
    if (user === undefined) return undefined;
    const signedOutAt = new Date(Math.max(endedAt.getTime(), user.signedOutAt?.getTime() ?? 0));
    await this.users.change(user.userId, { signedOutAt });
    this.directory.changed(user.userId);
    return user.userId;
  }
}

function refused(how: string): Error {
  return errors.validation([{ field: 'logout_token', message: `logout_token ${how}` }]);
}

/** It only says whose keys the token has to be verified with. */
function issuerNamedIn(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
