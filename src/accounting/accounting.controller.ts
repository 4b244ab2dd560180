import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Principal } from '../contract/principal.js';
import { pageOf } from '../platform/http/page-of.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import { CreditLedger } from './credit-ledger.port.js';
import { BalanceDto } from './dto/balance.dto.js';
import { ListTransactionsQueryDto, toTransactionDto, TransactionListDto } from './dto/transaction.dto.js';
import { toUsageReportDto, UsageQueryDto, UsageReportDto } from './dto/usage.dto.js';
import { OwnLedgerGuard } from './own-ledger.guard.js';
import { Statement } from './statement/statement.service.js';
import { Scope } from '../auth/scope.decorator.js';

@ApiTags('Accounting')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('accounting')
export class AccountingController {
  constructor(
    private readonly ledger: CreditLedger,
    private readonly statement: Statement,
  ) {}

  @Get('balance')
  @Scope('read')
  @ApiOperation({ operationId: 'getBalance', summary: 'Read your credits' })
  @ApiOkResponse({ type: BalanceDto })
  @ApiProblem('unauthenticated', 'accounting_unavailable')
  async balance(@CurrentUser() user: Principal): Promise<BalanceDto> {
    const { available, held } = await this.ledger.balance(user, user.accessToken);
    return { available, held };
  }

  @Get('transactions')
  @Scope('read')
  @UseGuards(OwnLedgerGuard)
  @ApiOperation({
    operationId: 'listTransactions',
    summary: 'List your transactions, newest first',
    description:
      'A turn has a `hold` and then either a `capture` (charged) or a `release` (given back); a charge may be followed by a `refund`. 404 when an external service keeps the ledger.',
  })
  @ApiOkResponse({ type: TransactionListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found', 'accounting_unavailable')
  async transactions(
    @CurrentUser() user: Principal,
    @Query() query: ListTransactionsQueryDto,
  ): Promise<TransactionListDto> {
    const page = await this.statement.transactionsOf(user.accountId, query.limit, query.after);
    return pageOf(page.data.map(toTransactionDto), page.nextCursor);
  }

  @Get('usage')
  @Scope('read')
  @UseGuards(OwnLedgerGuard)
  @ApiOperation({
    operationId: 'getUsage',
    summary: 'Sum up what your turns cost',
    description: 'By day or by chatflow. 404 when an external service keeps the ledger.',
  })
  @ApiOkResponse({ type: UsageReportDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found', 'accounting_unavailable')
  async usage(@CurrentUser() user: Principal, @Query() query: UsageQueryDto): Promise<UsageReportDto> {
    const report = await this.statement.usageOf(user.accountId, query.groupBy, query.from, query.to);
    return toUsageReportDto(report, query.groupBy);
  }
}
