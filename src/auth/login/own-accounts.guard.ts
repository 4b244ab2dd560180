import { Injectable, type CanActivate } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { errors } from '../../platform/errors/errors.js';

/** Closes the endpoints of our own accounts where there are none. */
@Injectable()
export class OwnAccountsGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  /** @throws AppError `forbidden` */
  canActivate(): boolean {
    assertOwnAccounts(this.config);
    return true;
  }
}

/** @throws AppError `forbidden` where there are no accounts of our own */
export function assertOwnAccounts({ auth: { ownAccounts, issuers } }: Pick<AppConfig, 'auth'>): void {
  if (ownAccounts) return;
  const names = issuers.map(({ issuer }) => issuer).join(', ');
  throw errors.forbidden(`Accounts are kept by ${names}: get an access token there.`);
}
