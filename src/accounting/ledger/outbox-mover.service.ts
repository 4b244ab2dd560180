import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import type { AccountOutbox } from './credit-account.js';
import { CreditAccountStore, type AccountClearing } from './credit-account.store.port.js';
import { CreditTransactionStore } from './credit-transaction.store.port.js';
import { forgottenTurns, MAX_REMEMBERED_TURNS } from './forgotten-turns.js';

/** Long enough that a short turn's hold and capture move together; nobody waits for it: lists move an account's entries first. */
const MOVE_DELAY_MS = 250;
/** So many entries of one account move without waiting: every write of the account carries what its outbox holds. */
const MOVED_AT_ONCE = 64;
const ACCOUNTS_PER_BATCH = 50;
/** As many as a busy instance settles in half a minute; the others are remembered for longer. */
const MAX_KNOWN_SETTLED = 20_000;
/** Entries younger than this are left to the instance that made them. */
const LEFT_BEHIND_AFTER_MS = 5000;

/**
 * Moves entries from the accounts' outboxes to the ledger: insert the rows, then take the entries off. Stopped anywhere in between, the
 * next one does it again and the rows' ids make that harmless; any number of movers may run at once.
 */
@Injectable()
export class OutboxMover {
  /** The entries of each account that are scheduled. */
  private readonly waiting = new Map<string, number>();
  /** Turns whose settlements this mover has brought to the ledger, or seen there. */
  private readonly settled = new LRUCache<string, true>({ max: MAX_KNOWN_SETTLED });
  /** Moves of accounts that could not wait. */
  private readonly moving = new Map<string, Promise<void>>();
  /** Goes on for as long as something is scheduled. What is scheduled during a run waits for the next: a busy instance moves in large batches. */
  private readonly task = new RepeatingTask(MOVE_DELAY_MS, () => this.moveWaiting(), {
    first: 'after-interval',
    jitter: 0,
  });

  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly transactions: CreditTransactionStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** Called for each entry: moves those of the account soon, together with those of others, or at once when they are many. Never throws. */
  schedule(accountId: string): void {
    const entries = (this.waiting.get(accountId) ?? 0) + 1;
    this.waiting.set(accountId, entries);
    this.task.start();
    if (entries >= MOVED_AT_ONCE && !this.moving.has(accountId)) this.moveAlone(accountId);
  }

  /** Moves the account's entries now. @throws AppError `accounting_unavailable` */
  async move(accountId: string): Promise<void> {
    await this.moveBatch([accountId]);
  }

  /** Moves all that is scheduled, now; what fails is left to `moveOutboxes`. Never rejects. */
  async drain(): Promise<void> {
    do {
      await this.task.runNow();
      await Promise.all(this.moving.values());
    } while (this.waiting.size > 0);
  }

  /**
   * Moves what other instances, or an earlier life of this one, left behind.
   * @param youngerToo also takes entries that were made just now; for the start of a single instance and for tests
   * @returns how many accounts had entries to move
   * @throws AppError `accounting_unavailable`
   */
  async moveOutboxes(youngerToo = false): Promise<number> {
    const now = this.clock.now();
    const madeBefore = new Date(youngerToo ? now + 1 : now - LEFT_BEHIND_AFTER_MS);
    let moved = 0;
    for (;;) {
      const accountIds = await this.accounts.findWithOutbox(madeBefore, ACCOUNTS_PER_BATCH);
      await this.moveBatch(accountIds);
      moved += accountIds.length;
      if (accountIds.length < ACCOUNTS_PER_BATCH) return moved;
    }
  }

  private moveAlone(accountId: string): void {
    this.waiting.delete(accountId);
    const moved = this.tryMove([accountId]).finally(() => this.moving.delete(accountId));
    this.moving.set(accountId, moved);
  }

  private async moveWaiting(): Promise<void> {
    const accountIds = [...this.waiting.keys()];
    this.waiting.clear();
    for (let start = 0; start < accountIds.length; start += ACCOUNTS_PER_BATCH)
      await this.tryMove(accountIds.slice(start, start + ACCOUNTS_PER_BATCH));
    if (this.waiting.size === 0) void this.task.stop();
  }

  private async tryMove(accountIds: readonly string[]): Promise<void> {
    try {
      await this.moveBatch(accountIds);
    } catch (error) {
      this.log.warn(
        { err: error, accounts: accountIds.length },
        'ledger entries stay in their outbox for now',
      );
    }
  }

  private async moveBatch(accountIds: readonly string[]): Promise<void> {
    if (accountIds.length === 0) return;
    const accounts = await this.accounts.outboxesOf(accountIds);
    const entries = accounts.flatMap(({ outbox }) => outbox);
    if (entries.length > 0) await this.transactions.insertMissing(entries);
    for (const { kind, turnId } of entries)
      if (turnId !== undefined && kind !== 'hold') this.settled.set(turnId, true);
    const clearings = accounts.filter(isWorthwhile).map((account) => this.clearingOf(account));
    if (clearings.length > 0) await this.accounts.clear(clearings);
  }

  /** What may leave the account once the entries it shows are in the ledger. */
  private clearingOf({ accountId, outbox, settledTurns }: AccountOutbox): AccountClearing {
    const isInLedger = (turnId: string): boolean => this.settled.has(turnId);
    return {
      accountId,
      entryIds: outbox.map(({ id }) => id),
      forgottenTurns: forgottenTurns(settledTurns, isInLedger, this.clock.now()),
    };
  }
}

/** Turns that were only closed leave no entry to move. */
function isWorthwhile({ outbox, settledTurns }: AccountOutbox): boolean {
  return outbox.length > 0 || settledTurns.length > MAX_REMEMBERED_TURNS;
}
