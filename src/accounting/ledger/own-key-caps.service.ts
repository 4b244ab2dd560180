import { Injectable } from '@nestjs/common';
import { KeyCaps, type SpentCap } from '../../auth/api-keys/key-caps.port.js';
import { errors } from '../../platform/errors/errors.js';
import { CreditAccountStore } from './credit-account.store.port.js';
import { CreditAccounts } from './credit-accounts.service.js';

/** An attempt fails only when somebody else changed the same cap in between. */
const MAX_ATTEMPTS = 20;

/** Caps in the account's own document, so that the update which holds credits looks at both. */
@Injectable()
export class OwnKeyCaps extends KeyCaps {
  readonly areKept = true;

  constructor(
    private readonly accounts: CreditAccountStore,
    private readonly opening: CreditAccounts,
  ) {
    super();
  }

  async set(accountId: string, keyId: string, cap: number): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const read = (await this.opening.require(accountId)).keyCaps?.[keyId];
      const isSet =
        read === undefined
          ? await this.accounts.addKeyCap(accountId, keyId, cap)
          : await this.accounts.changeKeyCap(accountId, keyId, read, cap);
      if (isSet) return;
    }
    throw errors.accountingUnavailable(new Error('The cap of an API key changes too fast to set it.'));
  }

  async of(accountId: string): Promise<ReadonlyMap<string, SpentCap>> {
    const caps = Object.entries(await this.accounts.keyCaps(accountId));
    return new Map(caps.map(([keyId, { cap, left }]) => [keyId, { cap, used: cap - left }]));
  }

  async remove(accountId: string, keyIds: readonly string[]): Promise<void> {
    await this.accounts.removeKeyCaps(accountId, keyIds);
  }
}
