import { Body, Controller, Get, Headers, Param, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../audit/audited.decorator.js';
import type { DirectoryEntry } from '../auth/directory/user-directory.port.js';
import { Roles } from '../auth/roles.decorator.js';
import { errors } from '../platform/errors/errors.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import { AccountHolders } from './account-holders.service.js';
import { AccountDto, toAccountDto } from './dto/account.dto.js';
import {
  AccountParamsDto,
  AdjustmentRequestDto,
  GrantRequestDto,
  PostingDto,
  toPostingDto,
} from './dto/posting.dto.js';
import { ReconciliationDto } from './dto/reconciliation.dto.js';
import { CreditAccountStore } from './ledger/credit-account.store.port.js';
import { CreditAccounts } from './ledger/credit-accounts.service.js';
import { CreditPostings } from './ledger/credit-postings.service.js';
import { LedgerCheck } from './ledger/ledger-check.service.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import { OwnLedgerGuard } from './own-ledger.guard.js';
import { ApiExampleBody } from '../platform/swagger/api-example-body.js';
import { Scope } from '../auth/scope.decorator.js';

/** Visible ASCII, as header values are; the same bound that turns have. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
const KEY_HEADER = {
  name: 'Idempotency-Key',
  required: true,
  description:
    'A name of your own for this posting: the same key for the same account again answers the first entry and changes nothing.',
  schema: { type: 'string', maxLength: 255, example: 'pilot-2026-11-ada' },
} as const;

@ApiTags('Accounting (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('accounting')
@Roles('admin')
@UseGuards(OwnLedgerGuard)
export class AccountsAdminController {
  constructor(
    private readonly holders: AccountHolders,
    private readonly accounts: CreditAccountStore,
    private readonly opening: CreditAccounts,
    private readonly postings: CreditPostings,
    private readonly check: LedgerCheck,
  ) {}

  @Get('accounts/:userId')
  @Scope('admin')
  @ApiOperation({ operationId: 'getAccount', summary: 'Read an account with its open holds (admin)' })
  @ApiOkResponse({ type: AccountDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'accounting_unavailable')
  async account(@Param() { userId }: AccountParamsDto): Promise<AccountDto> {
    const holder = await this.holders.find(userId);
    const account = await this.accounts.find(holder.accountId);
    if (account === undefined) throw errors.notFound('The credit account');
    return toAccountDto(holder.userId, account);
  }

  @Post('accounts/:userId/grants')
  @Audited({
    action: 'credits.grant',
    target: { kind: 'user', param: 'userId' },
    details: { amount: 'amount', reason: 'reason' },
  })
  @Scope('admin')
  @ApiExampleBody(GrantRequestDto, { 'A grant': { amount: 500, reason: 'Pilot project' } })
  @ApiOperation({
    operationId: 'grantCredits',
    summary: 'Give credits to an account (admin)',
    description:
      "A user of an external issuer may also be named by the issuer's subject, and may have yet to come: the credits wait for the first " +
      'sign-in.',
  })
  @ApiHeader(KEY_HEADER)
  @ApiCreatedResponse({ type: PostingDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'forbidden',
    'not_found',
    'idempotency_key_reused',
    'accounting_unavailable',
  )
  async grant(
    @Param() { userId }: AccountParamsDto,
    @Body() { amount, reason }: GrantRequestDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<PostingDto> {
    const idempotencyKey = readKey(key);
    const holder = await this.holders.ensure(userId);
    const { accountId } = holder;
    return this.posted(holder, await this.postings.grant({ accountId, amount, reason, idempotencyKey }));
  }

  @Post('accounts/:userId/adjustments')
  @Audited({
    action: 'credits.adjust',
    target: { kind: 'user', param: 'userId' },
    details: { amount: 'amount', reason: 'reason' },
  })
  @Scope('admin')
  @ApiExampleBody(AdjustmentRequestDto, { 'A correction': { amount: -20, reason: 'Booked twice' } })
  @ApiOperation({ operationId: 'adjustCredits', summary: 'Correct an account, also downwards (admin)' })
  @ApiHeader(KEY_HEADER)
  @ApiCreatedResponse({ type: PostingDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'forbidden',
    'not_found',
    'conflict',
    'idempotency_key_reused',
    'accounting_unavailable',
  )
  async adjust(
    @Param() { userId }: AccountParamsDto,
    @Body() { amount, reason }: AdjustmentRequestDto,
    @Headers('idempotency-key') key: string | undefined,
  ): Promise<PostingDto> {
    const idempotencyKey = readKey(key);
    const holder = await this.holders.ensure(userId);
    const { accountId } = holder;
    return this.posted(holder, await this.postings.adjust({ accountId, amount, reason, idempotencyKey }));
  }

  @Get('reconciliation')
  @Scope('admin')
  @ApiOperation({
    operationId: 'reconcileAccounts',
    summary: 'Prove that every account sums (admin)',
    description:
      'For every account: grants + adjustments − captures + refunds = available + held; and for every API key with a cap: captures − refunds + held = what it has used. Turns may go on meanwhile.',
  })
  @ApiOkResponse({ type: ReconciliationDto })
  @ApiProblem('unauthenticated', 'forbidden', 'not_found', 'accounting_unavailable')
  async reconciliation(): Promise<ReconciliationDto> {
    const { unbalanced, unbalancedKeys, ...sums } = await this.check.look();
    return { ...sums, unbalanced: [...unbalanced], unbalancedKeys: [...unbalancedKeys] };
  }

  private async posted(holder: DirectoryEntry, entry: LedgerEntry): Promise<PostingDto> {
    return toPostingDto(holder.userId, await this.opening.require(holder.accountId), entry);
  }
}

/** Without one a request that is repeated because its answer was lost would be booked twice. */
function readKey(key: string | undefined): string {
  if (key !== undefined && IDEMPOTENCY_KEY.test(key)) return key;
  const form = '1 to 255 visible ASCII characters';
  throw errors.validation([
    {
      field: 'Idempotency-Key',
      message: key === undefined ? `is required: a header with ${form}` : `must have ${form}`,
    },
  ]);
}
