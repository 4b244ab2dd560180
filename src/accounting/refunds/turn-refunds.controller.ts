import { Body, Controller, Param, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Roles } from '../../auth/roles.decorator.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { PostingDto, RefundParamsDto, RefundRequestDto, toPostingDto } from '../dto/posting.dto.js';
import { CreditAccounts } from '../ledger/credit-accounts.service.js';
import { OwnLedgerGuard } from '../own-ledger.guard.js';
import { TurnRefunds } from './turn-refunds.service.js';
import { Scope } from '../../auth/scope.decorator.js';

@ApiTags('Accounting (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('accounting/turns')
@Roles('admin')
@UseGuards(OwnLedgerGuard)
export class TurnRefundsController {
  constructor(
    private readonly refunds: TurnRefunds,
    private readonly accounts: CreditAccounts,
  ) {}

  @Post(':turnId/refund')
  @Audited({
    action: 'credits.refund',
    target: { kind: 'turn', param: 'turnId' },
    details: { amount: 'amount', reason: 'reason' },
  })
  @Scope('admin')
  @ApiExampleBody(RefundRequestDto, { 'All of it': { reason: 'The answer was of no use' } })
  @ApiOperation({
    operationId: 'refundTurn',
    summary: 'Give back what a turn was charged (admin)',
    description:
      'Once per turn, all of the charge or part of it; the same request again answers the same. `conflict` for a turn that still runs, was not ' +
      'charged, or was refunded with another amount or reason. 404 when an external service keeps the ledger: refund it there.',
  })
  @ApiParam({ name: 'turnId', description: 'As `X-Turn-Id` and the transactions name it.' })
  @ApiCreatedResponse({ type: PostingDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'forbidden',
    'not_found',
    'conflict',
    'accounting_unavailable',
  )
  async refund(
    @Param() { turnId }: RefundParamsDto,
    @Body() { amount, reason }: RefundRequestDto,
  ): Promise<PostingDto> {
    const { turn, entry } = await this.refunds.refund({
      turnId,
      reason,
      ...(amount === undefined || amount === null ? {} : { amount }),
    });
    return toPostingDto(turn.userId, await this.accounts.require(turn.accountId), entry);
  }
}
