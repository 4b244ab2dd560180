import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { heldIn, type CreditAccount } from '../ledger/credit-account.js';
import { BalanceDto } from './balance.dto.js';

@ApiSchema({ name: 'Hold' })
export class HoldDto {
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  readonly turnId!: string;
  @ApiProperty({ example: 'assistant' })
  readonly chatflowId!: string;
  @ApiProperty({ type: 'integer', example: 1 })
  readonly amount!: number;
  @ApiProperty({
    format: 'date-time',
    description: 'A hold that is older than this is orphaned.',
    example: '2026-01-31T12:30:00.000Z',
  })
  readonly expiresAt!: string;
}

@ApiSchema({ name: 'CreditAccount' })
export class AccountDto extends BalanceDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  readonly userId!: string;
  @ApiProperty({ type: [HoldDto] })
  readonly holds!: HoldDto[];
}

/** @returns a user's account as administrators see it */
export function toAccountDto(userId: string, account: CreditAccount): AccountDto {
  return {
    userId,
    available: account.available,
    held: heldIn(account),
    holds: account.holds.map(({ turnId, chatflowId, amount, expiresAt }) => ({
      turnId,
      chatflowId,
      amount,
      expiresAt: expiresAt.toISOString(),
    })),
  };
}
