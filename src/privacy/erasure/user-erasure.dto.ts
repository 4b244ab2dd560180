import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { MAX_PASSWORD_CHARACTERS } from '../../contract/account-bounds.js';
import {
  ERASURE_PHASES,
  UNREACHED_REASONS,
  type ErasureCounts,
  type ErasurePhase,
  type Unreached,
  type UserErasure,
} from './user-erasure.js';

@ApiSchema({ name: 'DeleteAccount' })
export class DeleteAccountDto {
  @ApiPropertyOptional({
    description:
      'Of accounts that have one here. Whoever signs in elsewhere has to have done so in the last five minutes.',
    example: 'correct horse battery staple',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_PASSWORD_CHARACTERS)
  readonly password?: string;
}

const COUNT = { type: 'integer', minimum: 0 } as const;

@ApiSchema({ name: 'ErasureCounts' })
export class ErasureCountsDto implements ErasureCounts {
  @ApiProperty({ ...COUNT, example: 12 })
  readonly sessions!: number;
  @ApiProperty({
    ...COUNT,
    description: 'What is left of each is its id, its price and its outcome.',
    example: 57,
  })
  readonly turns!: number;
  @ApiProperty({ ...COUNT, example: 110 })
  readonly messages!: number;
  @ApiProperty({ ...COUNT, example: 3 })
  readonly attachments!: number;
  @ApiProperty({ ...COUNT, example: 1 })
  readonly apiKeys!: number;
  @ApiProperty({ ...COUNT, description: 'Of the built-in assistant.', example: 4 })
  readonly tasks!: number;
}

@ApiSchema({ name: 'UnreachedMemory' })
export class UnreachedMemoryDto {
  @ApiProperty({ enum: ['upstream-memory'], example: 'upstream-memory' })
  readonly what!: 'upstream-memory';
  @ApiProperty({ description: 'Whose upstream remembers something.', example: 'support' })
  readonly chatflowId!: string;
  @ApiProperty({
    enum: UNREACHED_REASONS,
    description:
      '`pending`: it could not be reached, and is asked again for about a month. `unsupported`: it has no way to forget.',
    example: 'pending',
  })
  readonly reason!: Unreached['reason'];
}

@ApiSchema({ name: 'UserErasure' })
export class UserErasureDto {
  @ApiProperty({ example: '0199a1c2-5555-7abc-8def-000000000005' })
  readonly userId!: string;
  @ApiProperty({
    enum: ERASURE_PHASES,
    description:
      '`erasing`: it goes on. `confirming`: everything is gone, the account too; half a minute later one more look is taken at what other instances had begun. `done`: that look is over.',
    example: 'confirming',
  })
  readonly state!: ErasurePhase;
  @ApiProperty({ format: 'date-time', example: '2026-02-28T12:00:00.000Z' })
  readonly requestedAt!: string;
  @ApiPropertyOptional({ format: 'date-time', example: '2026-02-28T12:00:20.000Z' })
  readonly finishedAt?: string;
  @ApiProperty({ type: ErasureCountsDto, description: 'What was removed until now.' })
  readonly erased!: ErasureCountsDto;
  @ApiProperty({ type: [UnreachedMemoryDto], description: 'What could not be reached when it was tried.' })
  readonly notReached!: UnreachedMemoryDto[];
}

export function toUserErasureDto(erasure: UserErasure): UserErasureDto {
  const { userId, phase, requestedAt, finishedAt, erased, notReached } = erasure;
  return {
    userId,
    state: phase,
    requestedAt: requestedAt.toISOString(),
    ...(finishedAt === undefined ? {} : { finishedAt: finishedAt.toISOString() }),
    erased: { ...erased },
    notReached: notReached.map(({ chatflowId, reason }) => ({
      what: 'upstream-memory' as const,
      chatflowId,
      reason,
    })),
  };
}
