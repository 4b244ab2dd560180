import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AppConfig } from '../../config/app-config.js';
import type { User } from '../accounts/user.js';
import { JwtSecret } from './jwt-secret.js';
import type { AccessTokenClaims } from './token-claims.js';

/** What makes a token this one and no other: the same twice is the same token. */
export interface AccessTokenIdentity {
  /** `jti` */
  readonly id: string;
  /** The refresh token family, with which it ends. Absent: it is of none. */
  readonly loginId?: string;
  readonly issuedAt: Date;
}

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

  sign(user: User, { id, loginId, issuedAt }: AccessTokenIdentity): Promise<string> {
    const claims: AccessTokenClaims & { readonly iat: number } = {
      sub: user.id,
      ...(user.email === undefined ? {} : { email: user.email }),
      roles: user.roles,
      ...(loginId === undefined ? {} : { sid: loginId }),
      iat: Math.floor(issuedAt.getTime() / 1000),
    };
    return this.jwt.signAsync(claims, {
      secret: this.secret.value,
      algorithm: 'HS256',
      expiresIn: this.expiresInSeconds,
      jwtid: id,
    });
  }
}
