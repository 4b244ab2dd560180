import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { TURN_OUTCOMES, type TurnOutcome } from '../../contract/chat-event.js';
import { TRANSACTION_KINDS, type TransactionKind } from '../credit-ledger.port.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { IsPageLimit } from '../../platform/validation/page-limit.js';
import { ApiNextCursor } from '../../platform/swagger/api-next-cursor.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const MAX_CURSOR_CHARACTERS = 1000;

@ApiSchema({ name: 'Transaction' })
export class TransactionDto {
  @ApiProperty({
    example: '0199a1c2-1111-7abc-8def-000000000001:2f6c1d1e-3333-4abc-8def-000000000003:capture',
  })
  readonly id!: string;
  @ApiProperty({ enum: TRANSACTION_KINDS, enumName: 'TransactionKind', example: 'capture' })
  readonly kind!: TransactionKind;
  @ApiProperty({
    type: 'integer',
    description:
      'Whole credits. Positive; the kind says in which direction, except that `adjust` may be negative.',
    example: 1,
  })
  readonly amount!: number;
  @ApiPropertyOptional({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  readonly turnId?: string;
  @ApiPropertyOptional({ example: 'assistant' })
  readonly chatflowId?: string;
  @ApiPropertyOptional({ enum: TURN_OUTCOMES, enumName: 'TurnOutcome', example: 'completed' })
  readonly outcome?: TurnOutcome;
  @ApiPropertyOptional({ description: 'On `grant`, `adjust` and `refund`.', example: 'Sign-up credits' })
  readonly reason?: string;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
}

@ApiSchema({ name: 'TransactionList' })
export class TransactionListDto {
  @ApiProperty({ type: [TransactionDto], description: 'Newest first.' })
  readonly data!: TransactionDto[];
  @ApiProperty({ example: false })
  readonly has_more!: boolean;
  @ApiNextCursor()
  readonly next_cursor!: string | null;
}

export class ListTransactionsQueryDto {
  @IsPageLimit(DEFAULT_LIMIT, MAX_LIMIT)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_CURSOR_CHARACTERS)
  readonly after?: string;
}

/** @returns an entry as clients see it */
export function toTransactionDto(entry: LedgerEntry): TransactionDto {
  const { id, kind, amount, turnId, chatflowId, outcome, reason, createdAt } = entry;
  return { id, kind, amount, turnId, chatflowId, outcome, reason, createdAt: createdAt.toISOString() };
}
