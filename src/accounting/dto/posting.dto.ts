import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min, NotEquals } from 'class-validator';
import { BalanceDto } from './balance.dto.js';
import { heldIn, type CreditAccount } from '../ledger/credit-account.js';
import type { LedgerEntry } from '../ledger/ledger-entry.js';
import { toTransactionDto, TransactionDto } from './transaction.dto.js';

const MAX_AMOUNT = 1_000_000_000;
const MAX_REASON_CHARACTERS = 500;
const MAX_TURN_ID_CHARACTERS = 64;
/** As long as a subject may be (OpenID Connect). */
const MAX_USER_ID_CHARACTERS = 255;

export class AccountParamsDto {
  // An external issuer's subjects may be of any alphabet, but none that is named here has spaces or control characters.
  @ApiProperty({
    description: "A user's id, or what the external issuer calls the user.",
  })
  @IsString()
  @Length(1, MAX_USER_ID_CHARACTERS)
  @Matches(/^[^\s\p{C}]+$/u, { message: 'userId must not have spaces or control characters' })
  readonly userId!: string;
}

class ReasonDto {
  @ApiProperty({
    description: 'Kept in the ledger.',
    minLength: 1,
    maxLength: MAX_REASON_CHARACTERS,
    example: 'Pilot project',
  })
  @IsString()
  @Length(1, MAX_REASON_CHARACTERS)
  @Matches(/\S/, { message: 'reason must not be blank' })
  readonly reason!: string;
}

@ApiSchema({ name: 'GrantRequest' })
export class GrantRequestDto extends ReasonDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_AMOUNT, example: 500 })
  @IsInt()
  @Min(1)
  @Max(MAX_AMOUNT)
  readonly amount!: number;
}

@ApiSchema({ name: 'RefundRequest' })
export class RefundRequestDto extends ReasonDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_AMOUNT,
    description: 'At most what the turn was charged, which is the default.',
    example: 1,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_AMOUNT)
  readonly amount?: number;
}

export class RefundParamsDto {
  @ApiProperty({ description: 'As `X-Turn-Id` and the transactions name it.' })
  @IsString()
  @Length(1, MAX_TURN_ID_CHARACTERS)
  @Matches(/^[\w:.-]+$/, { message: 'turnId must be the id of a turn' })
  readonly turnId!: string;
}

@ApiSchema({ name: 'AdjustmentRequest' })
export class AdjustmentRequestDto extends ReasonDto {
  @ApiProperty({
    type: 'integer',
    minimum: -MAX_AMOUNT,
    maximum: MAX_AMOUNT,
    description: 'Not 0; what is available cannot become less than nothing.',
    example: -20,
  })
  @IsInt()
  @NotEquals(0)
  @Min(-MAX_AMOUNT)
  @Max(MAX_AMOUNT)
  readonly amount!: number;
}

@ApiSchema({ name: 'Posting' })
export class PostingDto extends BalanceDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  readonly userId!: string;
  @ApiProperty({ type: TransactionDto, description: 'The first one when an idempotency key is repeated.' })
  readonly transaction!: TransactionDto;
}

/** @param account as it is behind the entry */
export function toPostingDto(userId: string, account: CreditAccount, entry: LedgerEntry): PostingDto {
  return {
    userId,
    available: account.available,
    held: heldIn(account),
    transaction: toTransactionDto(entry),
  };
}
