import { Injectable, type CanActivate } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { AppError } from '../platform/errors/app.error.js';

/** Refuses what only our own ledger can answer while an external service keeps the credits. */
@Injectable()
export class OwnLedgerGuard implements CanActivate {
  constructor(private readonly config: AppConfig) {}

  canActivate(): boolean {
    if (this.config.accounting.externalUrl === undefined) return true;
    throw new AppError('not_found', 'An external accounting service keeps the ledger: ask it there.');
  }
}
