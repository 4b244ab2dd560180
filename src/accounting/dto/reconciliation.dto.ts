import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'UnbalancedAccount' })
export class UnbalancedAccountDto {
  @ApiProperty({
    description: "The account's own id; the user's record names it.",
    example: '2f6c1d1e-3333-4abc-8def-000000000003',
  })
  readonly accountId!: string;
  @ApiProperty({
    type: 'integer',
    description: 'By the ledger: grants + adjustments − captures + refunds.',
    example: 99,
  })
  readonly expected!: number;
  @ApiProperty({ type: 'integer', description: 'By the account: available + held.', example: 100 })
  readonly actual!: number;
}

@ApiSchema({ name: 'Reconciliation' })
export class ReconciliationDto {
  @ApiProperty({ type: 'integer', example: 250 })
  readonly accounts!: number;
  @ApiProperty({ type: 'integer', example: 3 })
  readonly openHolds!: number;
  @ApiProperty({ type: 'integer', description: 'Open holds whose turns are certainly over.', example: 0 })
  readonly expiredHolds!: number;
  @ApiProperty({
    type: 'integer',
    description: 'Sum of the differences of all accounts; 0 when every account sums.',
    example: 0,
  })
  readonly drift!: number;
  @ApiProperty({
    type: 'integer',
    description: 'Accounts in such heavy use that they could not be judged this time.',
    example: 0,
  })
  readonly inMotion!: number;
  @ApiProperty({
    type: [UnbalancedAccountDto],
    description: 'The first 20 accounts that do not sum.',
    example: [],
  })
  readonly unbalanced!: UnbalancedAccountDto[];
}
