import type { SignupCredits } from '../../auth/signup-credits.port.js';
import type { Clock } from '../../platform/clock.js';
import type { CreditAccount } from './credit-account.js';
import type { CreditAccountStore } from './credit-account.store.port.js';
import { signupEntryId } from './ledger-entry.js';
import type { OutboxMover } from './outbox-mover.js';

/** Opens accounts, each with the sign-up grant, exactly once. */
export class CreditAccounts implements SignupCredits {
  /** @param signupCredits whole credits a new account starts with; 0 opens it empty, without an entry */
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly mover: OutboxMover,
    private readonly clock: Clock,
    private readonly signupCredits: number,
  ) {}

  async grantOnce(accountId: string): Promise<void> {
    await this.open(accountId);
  }

  /** Opens the account if it is not there. Users of an external issuer never registered here: theirs open at first use. */
  async open(accountId: string): Promise<void> {
    const openedAt = new Date(this.clock.now());
    if (this.signupCredits === 0) {
      await this.accounts.open(accountId, openedAt);
      return;
    }
    await this.accounts.open(accountId, openedAt, {
      id: signupEntryId(accountId),
      accountId,
      kind: 'grant',
      amount: this.signupCredits,
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
