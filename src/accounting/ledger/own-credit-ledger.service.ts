import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { CreditLedger } from '../credit-ledger.port.js';
import type {
  AccountHolder,
  AskingKey,
  Balance,
  HoldRequest,
  PlannedCharge,
  SettleRequest,
  TurnCharge,
} from '../credit-ledger.port.js';
import {
  heldIn,
  settlementInOutbox,
  type CreditAccount,
  type Hold,
  type KeyShare,
} from './credit-account.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditAccounts } from './credit-accounts.service.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import { turnEntryId, type LedgerEntry, type TurnEntryKind } from './ledger-entry.js';
import { OutboxMover } from './outbox-mover.service.js';

/** An attempt fails only when somebody else changed the account in between, so each means that another one got on. */
const MAX_ATTEMPTS = 50;

/**
 * Our own ledger. Each operation is one atomic update of the user's account; only when that finds nothing to change is the
 * account, then the ledger, asked why.
 *
 * Nothing is ever overlooked between the two: an entry leaves the account only after its row is in the ledger, and a
 * write that rests on having found no trace of a turn names the account's `revision`, which every such leaving changes.
 */
@Injectable()
export class OwnCreditLedger extends CreditLedger {
  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly transactions: CreditTransactionStore,
    private readonly opening: CreditAccounts,
    private readonly mover: OutboxMover,
    private readonly clock: Clock,
  ) {
    super();
  }

  priceOf(chatflow: { id: string; price: { credits: number } }): Promise<number> {
    return Promise.resolve(chatflow.price.credits);
  }

  async hold(request: HoldRequest): Promise<void> {
    if (await this.holdAs(request, shareOf(request.key))) return;
    await this.holdAfterRefusal(request);
  }

  capture(request: SettleRequest): Promise<number> {
    return this.settle('capture', request);
  }

  release(request: SettleRequest): Promise<number> {
    return this.settle('release', request);
  }

  override planHold(request: HoldRequest): PlannedCharge {
    const key = shareOf(request.key);
    const entry = this.entryOf('hold', request, request.amount, key);
    const write = this.accounts.planHold(request.accountId, holdOf(request, key), entry, key);
    return { write, charged: 0, written: () => this.mover.schedule(request.accountId) };
  }

  override planSettlement(kind: 'capture' | 'release', request: SettleRequest): PlannedCharge {
    const { accountId, turnId, amount } = request;
    const key = shareOf(request.key);
    const entry = this.entryOf(kind, request, amount, key);
    const write = this.accounts.planSettlement(accountId, { turnId, amount }, entry, key);
    return { write, charged: chargedBy(entry), written: () => this.mover.schedule(accountId) };
  }

  async balance({ accountId }: AccountHolder): Promise<Balance> {
    const account = await this.opening.require(accountId);
    return { available: account.available, held: heldIn(account) };
  }

  override async keyLeft({ accountId }: AccountHolder, keyId: string): Promise<number> {
    return (await this.accounts.keyCaps(accountId))[keyId]?.left ?? 0;
  }

  private async holdAs(request: HoldRequest, key: KeyShare | undefined, revision?: number): Promise<boolean> {
    const { accountId, amount } = request;
    const entry = this.entryOf('hold', request, amount, key);
    const isHeld = await this.accounts.hold(accountId, holdOf(request, key), entry, key, revision);
    if (isHeld) this.mover.schedule(accountId);
    return isHeld;
  }

  private async holdAfterRefusal(request: HoldRequest): Promise<void> {
    const { accountId, turnId, amount, key } = request;
    const available = await this.accounts.shortOf(accountId, request);
    if (available !== undefined) throw errors.insufficientCredits(amount, available);
    const left =
      key?.isCapped === true ? await this.accounts.shortOfCap(accountId, request, key.id) : undefined;
    if (left !== undefined) throw errors.insufficientKeyCredits(amount, left);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const account = await this.opening.require(accountId);
      if (account.holds.some((hold) => hold.turnId === turnId)) return;
      if (account.settledTurns.includes(turnId)) return;
      const maybeForgotten = turnId <= account.settledUpTo;
      if (maybeForgotten && (await this.settlementOf(account, turnId)) !== undefined) return;
      if (account.available < amount) throw errors.insufficientCredits(amount, account.available);
      const revision = maybeForgotten ? account.revision : undefined;
      if (await this.holdAs(request, shareIn(account, request), revision)) return;
    }
    throw errors.accountingUnavailable(new Error('A credit account changes too fast to hold on it.'));
  }

  private async settle(kind: 'capture' | 'release', request: SettleRequest): Promise<number> {
    const { accountId, turnId } = request;
    let { amount } = request;
    let key = shareOf(request.key);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const entry = this.entryOf(kind, request, amount, key);
      if (await this.accounts.settle(accountId, { turnId, amount }, entry, key)) {
        this.mover.schedule(accountId);
        return chargedBy(entry);
      }
      const account = await this.accounts.find(accountId);
      if (account === undefined) return 0;
      const hold = account.holds.find((candidate) => candidate.turnId === turnId);
      if (hold !== undefined) {
        // What was held is what is settled, whatever the caller believes.
        amount = hold.amount;
        key = shareOfHeld(hold, account, request.key);
        continue;
      }
      const settlement = await this.settlementOf(account, turnId);
      if (settlement !== undefined) return chargedBy(settlement);
      if (account.settledTurns.includes(turnId)) return 0;
      // Never held, as far as anybody knows: a hold that is still on its way must not get stuck.
      if (await this.accounts.close(accountId, turnId, account.revision)) {
        this.mover.schedule(accountId);
        return 0;
      }
    }
    throw errors.accountingUnavailable(new Error('A credit account changes too fast to settle on it.'));
  }

  /** In this order: what is no longer in the outbox when the account is read is in the ledger by then. */
  private async settlementOf(account: CreditAccount, turnId: string): Promise<LedgerEntry | undefined> {
    return (
      settlementInOutbox(account, turnId) ??
      (await this.transactions.findSettlement(account.accountId, turnId))
    );
  }

  private entryOf(
    kind: TurnEntryKind,
    request: TurnCharge & Partial<SettleRequest>,
    amount: number,
    key: KeyShare | undefined,
  ): LedgerEntry {
    const { accountId, turnId, chatflowId, outcome } = request;
    return {
      id: turnEntryId(turnId, accountId, kind),
      accountId,
      kind,
      amount,
      turnId,
      chatflowId,
      ...(key === undefined || key.counts === 'no' ? {} : { keyId: key.id }),
      ...(outcome === undefined ? {} : { outcome }),
      createdAt: new Date(this.clock.now()),
    };
  }
}

function holdOf({ turnId, chatflowId, amount, expiresAt }: HoldRequest, key: KeyShare | undefined): Hold {
  const hold = { turnId, chatflowId, amount, expiresAt };
  return key?.counts === 'yes' ? { ...hold, keyId: key.id } : hold;
}

/** As the asking instance knows it; what is not so is refused by the account. */
function shareOf(key: AskingKey | undefined): KeyShare | undefined {
  return key && { id: key.id, counts: key.isCapped ? 'yes' : 'no' };
}

/** As the account has it. @throws AppError `insufficient_key_credits` also for a key that had a cap and is revoked meanwhile */
function shareIn({ keyCaps }: CreditAccount, { key, amount }: HoldRequest): KeyShare | undefined {
  if (key === undefined) return undefined;
  const left = keyCaps?.[key.id]?.left;
  if (left === undefined && !key.isCapped) return { id: key.id, counts: 'no' };
  if (left === undefined || left < amount) throw errors.insufficientKeyCredits(amount, left ?? 0);
  return { id: key.id, counts: 'yes' };
}

/** What was held is what is settled. */
function shareOfHeld(
  hold: Hold,
  { keyCaps }: CreditAccount,
  key: AskingKey | undefined,
): KeyShare | undefined {
  const { keyId } = hold;
  if (keyId !== undefined) return { id: keyId, counts: keyCaps?.[keyId] === undefined ? 'gone' : 'yes' };
  return key && { id: key.id, counts: 'no' };
}

function chargedBy(settlement: LedgerEntry): number {
  return settlement.kind === 'capture' ? settlement.amount : 0;
}
