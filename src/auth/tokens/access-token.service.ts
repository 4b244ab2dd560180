import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AppConfig } from '../../config/app-config.js';
import { newId } from '../../platform/ids.js';
import type { User } from '../accounts/user.js';
import { JwtSecret } from './jwt-secret.js';
import type { AccessTokenClaims } from './token-claims.js';

/** Signs our own access tokens. */
@Injectable()
export class AccessTokenService {
  readonly expiresInSeconds: number;

  constructor(
    private readonly jwt: JwtService,
    private readonly secret: JwtSecret,
    config: AppConfig,
  ) {
    this.expiresInSeconds = config.auth.accessTokenTtlSeconds;
  }

  /** @param loginId the refresh token family, so that signing out needs the access token only */
  sign(user: User, loginId: string): Promise<string> {
    const claims: AccessTokenClaims = {
      sub: user.id,
      ...(user.email === undefined ? {} : { email: user.email }),
      roles: user.roles,
      sid: loginId,
    };
    return this.jwt.signAsync(claims, {
      secret: this.secret.value,
      algorithm: 'HS256',
      expiresIn: this.expiresInSeconds,
      jwtid: newId(),
    });
  }
}
