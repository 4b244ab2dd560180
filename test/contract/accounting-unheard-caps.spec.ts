import { describeLedgerAskedByKey } from './accounting-support/ledger-asked-by-key.js';

/** An instance may not have heard of the cap yet: the account decides. What is different then is in `accounting-key-caps.spec.ts`. */
describe('CreditLedger: our own, asked by a key with a cap that the asking instance does not know of', () => {
  describeLedgerAskedByKey(false);
});
