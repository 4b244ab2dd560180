import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { Tolerant } from '../../platform/validation/tolerant.js';
import type { HumanDecision } from '../records/turn-request.js';

const MAX_ID_CHARACTERS = 256;
/** As long as a question may be. */
const MAX_FEEDBACK_CHARACTERS = 100_000;

/** What a human says to an agent that has asked, as Flowise's clients write it. */
@Tolerant()
export class HumanInputDto {
  @ApiProperty({ enum: ['proceed', 'reject'], example: 'proceed' })
  @IsIn(['proceed', 'reject'])
  type!: 'proceed' | 'reject';

  @ApiPropertyOptional({
    type: String,
    example: 'agentAgentflow_0',
    description: 'The node that asks, as its `action` names it.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ID_CHARACTERS)
  startNodeId?: string | null;

  @ApiPropertyOptional({ type: String, example: 'Go on, but only once.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_FEEDBACK_CHARACTERS)
  feedback?: string | null;
}

export function toDecision({ type, startNodeId, feedback }: HumanInputDto): HumanDecision {
  return { type, ...(startNodeId ? { nodeId: startNodeId } : {}), ...(feedback ? { feedback } : {}) };
}
