import { Injectable, type CanActivate } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { errors } from '../../platform/errors/errors.js';

/** Closes the endpoints of our own accounts while an external issuer keeps the accounts. */
@Injectable()
export class OwnAccountsGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  /** @throws AppError `forbidden` */
  canActivate(): boolean {
    const { issuer } = this.config.auth;
    if (issuer === undefined) return true;
    throw errors.forbidden(`Accounts are kept by ${issuer.issuer}: get an access token there.`);
  }
}
