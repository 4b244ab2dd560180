import { Injectable } from '@nestjs/common';
import type { SignupCredits } from '../../auth/signup-credits.port.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import type { CreditAccount } from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { signupEntryId } from './ledger-entry.js';
import { OutboxMover } from './outbox-mover.service.js';

/** Opens accounts, each with the sign-up grant, exactly once. */
@Injectable()
export class CreditAccounts implements SignupCredits {
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly mover: OutboxMover,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  async grantOnce(accountId: string): Promise<void> {
    await this.open(accountId);
  }

  /**
   * Opens the account if it is not there, without sign-up credits without an entry. Users of an external issuer never registered here: theirs
   * open at first use.
   */
  async open(accountId: string): Promise<void> {
    const openedAt = new Date(this.clock.now());
    const { signupCredits } = this.config.accounts;
    if (signupCredits === 0) {
      await this.accounts.open(accountId, openedAt);
      return;
    }
    await this.accounts.open(accountId, openedAt, {
      id: signupEntryId(accountId),
      accountId,
      kind: 'grant',
      amount: signupCredits,
      reason: 'Sign-up credits',
      createdAt: openedAt,
    });
    this.mover.schedule(accountId);
  }

  /** The account, opened when it is not there. */
  async require(accountId: string): Promise<CreditAccount> {
    const found = await this.accounts.find(accountId);
    if (found !== undefined) return found;
    await this.open(accountId);
    const opened = await this.accounts.find(accountId);
    if (opened === undefined) throw new Error('A credit account vanished right after it was opened.');
    return opened;
  }
}
