import { Injectable } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { AuditFailures } from '../../audit/audit-failures.service.js';
import { AuditLog } from '../../audit/audit-log.service.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UserStore } from '../accounts/user.store.port.js';
import { ErasedIdentities } from '../directory/erased-identities.service.js';
import { RevokedAccess } from '../directory/revoked-access.service.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import { Issuers, type Issuer } from '../issuers/issuers.service.js';
import { addressBlock } from '../login/address-block.js';
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
    private readonly audit: AuditLog,
    private readonly failures: AuditFailures,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly erased: ErasedIdentities,
  ) {}

  /**
   * Refuses the tokens that were issued before for what the logout token names, and ends what the user is in the middle of. May be repeated with the
   * same token as long as it has not succeeded.
   * @param address where it came from, for the audit log
   * @throws AppError `validation_failed` for a token that is no good or was used; `upstream_unavailable` when the issuer's keys cannot be fetched
   */
  async logOut(token: string, address: string): Promise<void> {
    try {
      await this.carryOut(token);
    } catch (error) {
      if (error instanceof AppError && error.code === 'validation_failed')
        this.failures.note({
          action: 'logout-token.refuse',
          code: error.code,
          address: addressBlock(address),
        });
      throw error;
    }
  }

  private async carryOut(token: string): Promise<void> {
    const { issuer, claims } = await this.verified(token);
    const { issuer: name, clockToleranceSeconds } = issuer.config;
    const tokenId = providerKey('jti', name, claims.tokenId);
    if (await this.store.isUsed(tokenId)) throw refused('has been used');
    const userId = await this.whose(name, claims);
    const end = async (): Promise<string | undefined> => {
      const ended = await this.end(name, claims, userId);
      // What was begun within a session that is named ends by the watch over what goes on, which asks for each session.
      if (ended !== undefined && claims.session === undefined) await this.access.revoked(ended);
      return ended;
    };
    const whose = userId === undefined ? await end() : await this.noted(userId, issuer, end);
    const keepForMs = (MAX_LOGOUT_TOKEN_AGE_S + 2 * clockToleranceSeconds) * 1000;
    // Last: whoever could not be signed out is told again with the same token.
    if (!(await this.store.use(tokenId, new Date(this.clock.now() + keepForMs))))
      throw refused('has been used');
    this.log.info({ issuer: issuer.config.id, userId: whose }, 'An identity provider has signed a user out');
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

  /**
   * Users are made if need be where all of their tokens are meant: those that were issued before and come first now are to be refused, too.
   * @returns `undefined` when nobody came with it yet
   */
  private async whose(
    issuer: string,
    { subject, session, issuedAt }: LogoutClaims,
  ): Promise<string | undefined> {
    if (subject === undefined) return this.sessions.userOf(issuer, session ?? '');
    const identity = { issuer, subject };
    const known = await this.directory.findByIdentity(identity);
    if (known !== undefined || session !== undefined) return known?.userId;
    // Who wanted to be erased is not written down again because they sign out there: what remembers that refuses their tokens, those of since then as well.
    if ((await this.erased.erasedAt(identity)) !== undefined) {
      await this.erased.bury(identity, issuedAt);
      return undefined;
    }
    return (await this.directory.ensureIdentity(identity))?.userId;
  }

  /** @returns whose access it was, as far as that is known */
  private async end(
    issuer: string,
    { subject, session, issuedAt: endedAt }: LogoutClaims,
    userId: string | undefined,
  ): Promise<string | undefined> {
    if (session === undefined) {
      if (userId !== undefined) await this.endAllOf(userId, endedAt);
      return userId;
    }
    // Its first token may have come just now.
    const whose = (await this.sessions.end({ issuer, kind: 'sid', name: session, endedAt })) ?? userId;
    // Of tokens that name no session nobody can tell which they belong to.
    const name = subject ?? (await this.subjectOf(whose));
    if (name !== undefined) await this.sessions.end({ issuer, kind: 'sub', name, endedAt });
    return whose;
  }

  private async subjectOf(userId: string | undefined): Promise<string | undefined> {
    return userId === undefined ? undefined : (await this.directory.identityOf(userId))?.subject;
  }

  private async endAllOf(userId: string, endedAt: Date): Promise<void> {
    const before = (await this.directory.find(userId))?.signedOutAt?.getTime() ?? 0;
    const signedOutAt = new Date(Math.max(endedAt.getTime(), before));
    await this.users.change(userId, { signedOutAt, accessRevokedAt: signedOutAt });
    this.directory.changed(userId);
  }

  /** The provider is nobody of ours: nobody is the actor. */
  private noted<T>(userId: string, { config: { id: issuer } }: Issuer, work: () => Promise<T>): Promise<T> {
    const question = { action: 'user.sign-out', targetKind: 'user', targetId: userId } as const;
    return this.audit.around({ ...question, details: { issuer } }, work);
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
