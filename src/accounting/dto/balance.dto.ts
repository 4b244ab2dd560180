import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Balance' })
export class BalanceDto {
  @ApiProperty({ type: 'integer', description: 'Credits that can be spent now.', example: 96 })
  readonly available!: number;
  @ApiProperty({ type: 'integer', description: 'Credits set aside for running turns.', example: 1 })
  readonly held!: number;
}
