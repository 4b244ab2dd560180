import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import type { HumanDecision } from '../../records/turn-request.js';

const MAX_FEEDBACK_CHARACTERS = 100_000;

@ApiSchema({ name: 'HumanInput' })
export class HumanInputDto {
  @ApiProperty({ enum: ['proceed', 'reject'], example: 'proceed' })
  @IsIn(['proceed', 'reject'])
  type!: 'proceed' | 'reject';

  @ApiPropertyOptional({
    example: 'Go on, but only once.',
    description: 'What the agent is told besides.',
    maxLength: MAX_FEEDBACK_CHARACTERS,
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_FEEDBACK_CHARACTERS)
  feedback?: string;
}

export function toDecision({ type, feedback }: HumanInputDto): HumanDecision {
  return { type, ...(feedback ? { feedback } : {}) };
}
