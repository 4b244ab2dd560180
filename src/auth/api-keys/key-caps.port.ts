/** What an API key may spend, in whole credits. */
export interface SpentCap {
  readonly cap: number;
  /** What its turns were charged and what is held for them, less what was given back. */
  readonly used: number;
}

/**
 * Caps of credits of API keys. They are spent with the credits of their holder's account, in one step with them. A cap can be changed and not taken off: it goes with
 * its key.
 *
 * All methods throw `accounting_unavailable` when the ledger can't be reached; then the caller may repeat the call.
 */
export abstract class KeyCaps {
  /** Whether credits are kept here: where an external service keeps them there are no caps, and none of the others is to be called. */
  abstract readonly areKept: boolean;
  /** Gives a key a cap, or another one: what was spent stays spent. Of several at once the last counts. */
  abstract set(accountId: string, keyId: string, cap: number): Promise<void>;
  /** The caps of an account's keys, by their ids. */
  abstract of(accountId: string): Promise<ReadonlyMap<string, SpentCap>>;
  /** To be called with keys that are no more. Idempotent. */
  abstract remove(accountId: string, keyIds: readonly string[]): Promise<void>;
}
