import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Instance' })
export class InstanceDto {
  @ApiProperty({ description: 'Another one after each start.', example: '0192d3f0c5a84b1f9d0e3a2f3f0f6f11' })
  readonly id!: string;
  @ApiProperty({ description: 'Of the product.', example: '0.1.0' })
  readonly version!: string;
  @ApiProperty({
    enum: ['serving', 'leaving', 'draining', 'stopped'],
    description:
      '`leaving`: about to shut down, and still taking turns; `draining`: finishing its turns, and taking no new ones.',
    example: 'serving',
  })
  readonly state!: string;
  @ApiProperty({
    enum: ['alone', 'up', 'down'],
    description:
      'Its connection with the others. `alone`: it has no `REDIS_URL`, and meets them in the database.',
    example: 'up',
  })
  readonly bus!: string;
  @ApiProperty({ description: 'Turns that run there.', example: 12 })
  readonly openTurns!: number;
  @ApiProperty({ description: 'Streams that are read there, of its own turns and of others’.', example: 15 })
  readonly openStreams!: number;
  @ApiProperty({ example: 'tollgate-7d9f' })
  readonly host!: string;
  @ApiProperty({ example: 1 })
  readonly pid!: number;
  @ApiProperty({ format: 'date-time', example: '2026-11-28T08:00:00.000Z' })
  readonly startedAt!: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When it has said so: every ten seconds, and when it begins to drain.',
    example: '2026-11-28T09:30:00.000Z',
  })
  readonly seenAt!: string;
}

@ApiSchema({ name: 'InstanceList' })
export class InstanceListDto {
  @ApiProperty({ type: [InstanceDto] })
  readonly data!: InstanceDto[];
  @ApiProperty({ description: 'Whether there are more than are listed.', example: false })
  readonly has_more!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'None: there is no second page.', example: null })
  readonly next_cursor!: null;
}
