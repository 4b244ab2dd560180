import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import type { CreditAccount } from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditAccounts } from './credit-accounts.service.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import type { LedgerEntry } from './ledger-entry.js';
import { OutboxMover } from './outbox-mover.service.js';

/** Credits that a person adds or takes. */
export interface PostingRequest {
  readonly accountId: string;
  /** Whole credits; for an adjustment also negative. */
  readonly amount: number;
  readonly reason: string;
  /** The same key for the same account again answers the first entry and changes nothing. */
  readonly idempotencyKey: string;
}

/** The account moves only while turns settle on it; this many changes during one posting mean that something is wrong. */
const MAX_ATTEMPTS = 50;

/** Grants, adjustments and refunds: what changes an account other than running turns. */
@Injectable()
export class CreditPostings {
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly transactions: CreditTransactionStore,
    private readonly opening: CreditAccounts,
    private readonly mover: OutboxMover,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives credits to an account, opened when it is not there.
   * @returns the ledger's entry, the first one for a repeated key
   * @throws AppError `idempotency_key_reused`, `accounting_unavailable`
   */
  grant(request: PostingRequest): Promise<LedgerEntry> {
    return this.post('grant', request);
  }

  /**
   * Corrects an account by a positive or negative amount.
   * @throws AppError `conflict` when less than nothing would be left, `idempotency_key_reused`, `accounting_unavailable`
   */
  adjust(request: PostingRequest): Promise<LedgerEntry> {
    return this.post('adjust', request);
  }

  /**
   * Posts an entry unless there is one by its id, in the outbox or in the ledger.
   * @returns the one that there is now: of concurrent callers all get the same
   * @throws AppError `conflict` when less than nothing would be left, `accounting_unavailable`
   */
  async postOnce(entry: LedgerEntry): Promise<LedgerEntry> {
    const { accountId, amount, id } = entry;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const account = await this.opening.require(accountId);
      const earlier = await this.findEarlier(account, id);
      if (earlier !== undefined) return earlier;
      if (account.available + amount < 0) {
        throw errors.conflict(`Only ${account.available} credits are available to take.`);
      }
      // It was looked for in the account and in the ledger; the revision says that it can't have slipped from one to the other.
      if (await this.accounts.post(entry, account.revision, keyToRefund(entry, account))) {
        this.mover.schedule(accountId);
        return entry;
      }
    }
    throw errors.accountingUnavailable(new Error('A credit account changes too fast to post to it.'));
  }

  private async post(kind: 'grant' | 'adjust', request: PostingRequest): Promise<LedgerEntry> {
    const { accountId, amount, reason, idempotencyKey } = request;
    const id = `${kind}:${accountId}:${idempotencyKey}`;
    const entry: LedgerEntry = { id, accountId, kind, amount, reason, createdAt: new Date(this.clock.now()) };
    return sameOrReused(await this.postOnce(entry), entry);
  }

  private async findEarlier(account: CreditAccount, id: string): Promise<LedgerEntry | undefined> {
    return account.outbox.find((entry) => entry.id === id) ?? this.transactions.find(account.accountId, id);
  }
}

/** A key that is revoked has no cap any more, and never again. */
function keyToRefund({ kind, keyId }: LedgerEntry, { keyCaps }: CreditAccount): string | undefined {
  return kind === 'refund' && keyId !== undefined && keyCaps?.[keyId] !== undefined ? keyId : undefined;
}

function sameOrReused(earlier: LedgerEntry, entry: LedgerEntry): LedgerEntry {
  if (earlier.amount !== entry.amount || earlier.reason !== entry.reason) throw errors.idempotencyKeyReused();
  return earlier;
}
