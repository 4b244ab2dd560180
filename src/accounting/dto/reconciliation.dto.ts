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

@ApiSchema({ name: 'UnbalancedKey' })
export class UnbalancedKeyDto {
  @ApiProperty({ example: '2f6c1d1e-3333-4abc-8def-000000000003' })
  readonly accountId!: string;
  @ApiProperty({ description: 'The `id` of the API key.', example: '0199a1c2-4444-7abc-8def-000000000004' })
  readonly keyId!: string;
  @ApiProperty({
    type: 'integer',
    description: 'Used by the ledger: captures − refunds, and what is held.',
    example: 41,
  })
  readonly expected!: number;
  @ApiProperty({ type: 'integer', description: "Used by the key's cap.", example: 42 })
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
    description: 'The same for what API keys with a cap of credits have used.',
    example: 0,
  })
  readonly keyDrift!: number;
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
  @ApiProperty({
    type: [UnbalancedKeyDto],
    description: 'The first 20 keys whose use does not sum.',
    example: [],
  })
  readonly unbalancedKeys!: UnbalancedKeyDto[];
}
