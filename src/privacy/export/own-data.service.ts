import { Injectable } from '@nestjs/common';
import { toTransactionDto } from '../../accounting/dto/transaction.dto.js';
import { CreditLedger, type AccountHolder } from '../../accounting/credit-ledger.port.js';
import { Statement } from '../../accounting/statement/statement.service.js';
import { toApiKeyDto } from '../../auth/api-keys/api-key.dto.js';
import { ApiKeysService } from '../../auth/api-keys/api-keys.service.js';
import { toSignInDto } from '../../auth/sign-ins/sign-in.dto.js';
import { SignInsService } from '../../auth/sign-ins/sign-ins.service.js';
import type { RefreshTokenFamily } from '../../auth/tokens/refresh-token.store.port.js';
import { toUserDto } from '../../auth/users/user.dto.js';
import { UsersService } from '../../auth/users/users.service.js';
import { AppConfig } from '../../config/app-config.js';
import type { Principal } from '../../contract/principal.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import { ConversationData, type DataLine } from './conversation-data.service.js';

/** Rows of the ledger that are read by one query. */
const TRANSACTIONS_PER_BATCH = 100;

/** Whose data is read, and what of it is shown to whoever reads it. */
interface Reading
  extends AccountHolder, Partial<Pick<Principal, 'issuer' | 'subject' | 'accessToken' | 'loginId'>> {
  readonly signIns: () => Promise<readonly RefreshTokenFamily[]>;
  readonly showsBalance: boolean;
}

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
    private readonly config: AppConfig,
  ) {}

  /**
   * Whatever changes meanwhile may be in it or not. Where the caller is signed in is not told to a key.
   * @throws AppError what the stores throw; the lines until then are whole
   */
  linesOf(caller: Principal): AsyncGenerator<DataLine> {
    const isByKey = caller.apiKeyId !== undefined;
    const signIns = (): ReturnType<Reading['signIns']> =>
      isByKey ? Promise.resolve([]) : this.signIns.list(caller);
    const { userId, accountId, issuer, subject, accessToken, loginId } = caller;
    return this.read({
      userId,
      accountId,
      issuer,
      subject,
      accessToken,
      loginId,
      signIns,
      showsBalance: true,
    });
  }

  /**
   * The same for somebody else to read. The balance is left out where an external service keeps it, which is asked in the name of the user.
   * @throws AppError `not_found`, before there are lines
   */
  async linesOfUser(userId: string): Promise<AsyncGenerator<DataLine>> {
    const { accountId } = await this.users.find(userId);
    return this.read({
      userId,
      accountId,
      ...(await this.users.identityOf(userId)),
      signIns: () => this.signIns.listOf(userId),
      showsBalance: this.config.accounting.externalUrl === undefined,
    });
  }

  private async *read(reading: Reading): AsyncGenerator<DataLine> {
    const { userId, accountId, issuer, subject, accessToken, loginId } = reading;
    const user = toUserDto(await this.users.find(userId));
    yield { type: 'profile', ...user, ...(subject === undefined ? {} : { issuer, subject }) };
    for (const family of await reading.signIns()) yield { type: 'sign-in', ...toSignInDto(family, loginId) };
    const keys = await this.keys.list(userId);
    const caps = await this.keys.capsOf(accountId, keys);
    for (const key of keys) yield { type: 'api-key', ...toApiKeyDto(key, caps.get(key.id)) };
    if (reading.showsBalance)
      yield { type: 'balance', ...(await this.ledger.balance({ userId, accountId }, accessToken)) };
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
