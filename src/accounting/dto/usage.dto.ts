import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { USAGE_GROUPS, type UsageGroup } from '../ledger/credit-transaction.store.port.js';
import type { UsageReport } from '../statement/statement.service.js';

const MAX_DATE_CHARACTERS = 40;

@ApiSchema({ name: 'UsageSum' })
export class UsageSumDto {
  @ApiPropertyOptional({ format: 'date', description: 'With `groupBy=day`; in UTC.', example: '2026-01-31' })
  readonly day?: string;
  @ApiPropertyOptional({ description: 'With `groupBy=chatflow`.', example: 'assistant' })
  readonly chatflowId?: string;
  @ApiProperty({ type: 'integer', description: 'Credits charged.', example: 12 })
  readonly credits!: number;
  @ApiProperty({ type: 'integer', description: 'Turns charged.', example: 12 })
  readonly turns!: number;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Credits given back by refunds made then. Absent when there are none.',
    example: 1,
  })
  readonly refunded?: number;
}

@ApiSchema({ name: 'UsageReport' })
export class UsageReportDto {
  @ApiProperty({ format: 'date-time', description: 'Inclusive.', example: '2026-01-01T00:00:00.000Z' })
  readonly from!: string;
  @ApiProperty({ format: 'date-time', description: 'Exclusive.', example: '2026-02-01T00:00:00.000Z' })
  readonly to!: string;
  @ApiProperty({
    type: [UsageSumDto],
    description: 'In the order of their days or chatflows; those without a charge or a refund are left out.',
  })
  readonly data!: UsageSumDto[];
}

export class UsageQueryDto {
  @ApiPropertyOptional({
    description: 'ISO date (the whole day in UTC) or time with a zone. Default: 30 days before `to`.',
    example: '2026-01-01',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_DATE_CHARACTERS)
  readonly from?: string;

  @ApiPropertyOptional({
    description:
      'ISO date (that whole day included) or time with a zone. Default: now. At most 366 days after `from`.',
    example: '2026-01-31',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_DATE_CHARACTERS)
  readonly to?: string;

  @ApiPropertyOptional({ enum: USAGE_GROUPS, enumName: 'UsageGroup', default: 'day', example: 'day' })
  @IsOptional()
  @IsIn(USAGE_GROUPS)
  readonly groupBy: UsageGroup = 'day';
}

/** @returns a report as clients see it */
export function toUsageReportDto({ from, to, data }: UsageReport, group: UsageGroup): UsageReportDto {
  const name = group === 'day' ? 'day' : 'chatflowId';
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    data: data.map(({ key, credits, turns, refunded }) => ({
      [name]: key,
      credits,
      turns,
      ...(refunded > 0 ? { refunded } : {}),
    })),
  };
}
