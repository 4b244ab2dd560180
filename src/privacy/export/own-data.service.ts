import { Injectable } from '@nestjs/common';
import { toTransactionDto } from '../../accounting/dto/transaction.dto.js';
import { CreditLedger } from '../../accounting/credit-ledger.port.js';
import { Statement } from '../../accounting/statement/statement.service.js';
import { toApiKeyDto } from '../../auth/api-keys/api-key.dto.js';
import { ApiKeysService } from '../../auth/api-keys/api-keys.service.js';
import { toSignInDto } from '../../auth/sign-ins/sign-in.dto.js';
import { SignInsService } from '../../auth/sign-ins/sign-ins.service.js';
import { toUserDto } from '../../auth/users/user.dto.js';
import { UsersService } from '../../auth/users/users.service.js';
import type { Principal } from '../../contract/principal.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import { ConversationData, type DataLine } from './conversation-data.service.js';

/** Rows of the ledger that are read by one query. */
const TRANSACTIONS_PER_BATCH = 100;

/** Everything that is stored of a user, one line after the other: never held as a whole. */
@Injectable()
export class OwnData {
  constructor(
    private readonly users: UsersService,
    private readonly signIns: SignInsService,
    private readonly keys: ApiKeysService,
    private readonly ledger: CreditLedger,
    private readonly statement: Statement,
    private readonly tasks: TaskStore,
    private readonly conversations: ConversationData,
  ) {}

  /**
   * Whatever changes meanwhile may be in it or not. Where the caller is signed in is not told to a key.
   * @throws AppError what the stores throw; the lines until then are whole
   */
  async *linesOf(caller: Principal): AsyncGenerator<DataLine> {
    const { userId, accountId, issuer, subject, apiKeyId } = caller;
    const user = toUserDto(await this.users.find(userId));
    yield { type: 'profile', ...user, ...(subject === undefined ? {} : { issuer, subject }) };
    if (apiKeyId === undefined)
      for (const family of await this.signIns.list(caller))
        yield { type: 'sign-in', ...toSignInDto(family, caller.loginId) };
    const keys = await this.keys.list(userId);
    const caps = await this.keys.capsOf(caller, keys);
    for (const key of keys) yield { type: 'api-key', ...toApiKeyDto(key, caps.get(key.id)) };
    yield { type: 'balance', ...(await this.ledger.balance({ userId, accountId }, caller.accessToken)) };
    for (let after: string | undefined; ;) {
      const page = await this.statement.transactionsOf(accountId, TRANSACTIONS_PER_BATCH, after);
      for (const entry of page.data) yield { type: 'transaction', ...toTransactionDto(entry) };
      after = page.nextCursor;
      if (after === undefined) break;
    }
    for (const task of await this.tasks.list(userId)) yield { type: 'task', ...task };
    yield* this.conversations.linesOf(userId);
  }
}
