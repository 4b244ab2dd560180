import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { ref } from '../../../platform/swagger/schemas.js';

const MAX_MESSAGES = 1000;
const MAX_ID_CHARACTERS = 512;

/** AG-UI's `RunAgentInput`; only what we read of it. */
@Tolerant()
export class AgUiRunDto {
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001', description: 'The session’s id.' })
  @IsString()
  threadId!: string;

  @ApiPropertyOptional({ example: 'run-1', description: 'Comes back in the events.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ID_CHARACTERS)
  runId?: string;

  @ApiProperty({
    type: 'array',
    items: ref('AgUiMessage'),
    example: [{ id: 'u1', role: 'user', content: 'Add a task to buy milk' }],
    description:
      'The last one is the question, or what came of a tool of the front end: then the model is told the whole list. What was said before a question is known from the session.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MESSAGES)
  @IsObject({ each: true })
  messages!: Record<string, unknown>[];

  @ApiPropertyOptional({
    type: 'array',
    items: ref('JsonObject'),
    example: [],
    description:
      'Tools of the front end, for chatflows whose `clientOptions` allow `tools`; refused otherwise, because nobody would run them.',
  })
  @IsOptional()
  @IsArray()
  tools?: unknown[] | null;

  @ApiPropertyOptional({
    type: 'array',
    items: ref('JsonObject'),
    example: [],
    description: 'Not passed on, which `X-Ignored-Options` then says.',
  })
  @IsOptional()
  context?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: 'Not passed on, which `X-Ignored-Options` then says.',
  })
  @IsOptional()
  state?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: {},
    description: 'Not passed on, which `X-Ignored-Options` then says.',
  })
  @IsOptional()
  forwardedProps?: unknown;

  @ApiPropertyOptional({
    type: 'array',
    items: ref('JsonObject'),
    example: [],
    description: 'Refused: no run is ever interrupted here.',
  })
  @IsOptional()
  resume?: unknown;
}
