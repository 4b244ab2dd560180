import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { Type } from 'class-transformer';
import { IsListOf } from '../../../platform/validation/list-of.js';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { ACTION_EXAMPLE, MAX_QUESTION_CHARACTERS, UploadDto } from '../predict/predict.dto.js';
import { HumanInputDto } from '../human-input.dto.js';
import { ref } from '../../../platform/swagger/schemas.js';

const MAX_HISTORY_ENTRIES = 500;
const MAX_UPLOADS = 20;

/** A body of `POST /api/v1/prediction/:id` as Flowise's own clients send it. */
@Tolerant()
export class FlowisePredictionDto {
  @ApiPropertyOptional({ example: 'Add a task to buy milk' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_QUESTION_CHARACTERS)
  question?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The values of a form, in place of a question; they are asked as lines `name: value`.',
  })
  @IsOptional()
  @IsObject()
  form?: Record<string, unknown>;

  @ApiPropertyOptional({ type: 'boolean', example: true, description: 'Whether the answer is streamed.' })
  @IsOptional()
  streaming?: unknown;

  @ApiPropertyOptional({ description: 'The session, when `overrideConfig.sessionId` names none.' })
  @IsOptional()
  @IsString()
  chatId?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { sessionId: '0199a1c2-1111-7abc-8def-000000000001' },
    description:
      '`sessionId` chooses the session and is not passed on. A Flowise flow gets `vars`, and what else the chatflow allows; anything else is refused.',
  })
  @IsOptional()
  @IsObject()
  overrideConfig?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'array',
    items: ref('FlowiseHistoryEntry'),
    example: [{ role: 'userMessage', content: 'What did I ask before?' }],
    description: 'What was said before, as `{role, content}` or in the older form `{type, message}`.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_HISTORY_ENTRIES)
  @IsObject({ each: true })
  history?: Record<string, unknown>[];

  @ApiPropertyOptional({ type: [UploadDto] })
  @IsOptional()
  @ArrayMaxSize(MAX_UPLOADS)
  @IsListOf(() => UploadDto)
  uploads?: UploadDto[];

  @ApiPropertyOptional({
    type: HumanInputDto,
    description:
      'Answers the question (`action`) with which the last turn of the session has ended: the flow goes on where it waits. A turn of its own; 409 when nothing waits.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => HumanInputDto)
  humanInput?: HumanInputDto | null;
}

export class FlowiseAnswerDto {
  @ApiProperty({ example: 'I added “buy milk” as task 1.' })
  text!: string;
  @ApiProperty({ example: 'Add a task to buy milk' })
  question!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  chatId!: string;
  @ApiProperty({ example: '0199a1c2-4444-7abc-8def-000000000004' })
  chatMessageId!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  sessionId!: string;
  @ApiPropertyOptional({ type: 'array', items: ref('SourceDocument') })
  sourceDocuments?: unknown[];
  @ApiPropertyOptional({ type: 'array', items: ref('UsedTool') })
  usedTools?: unknown[];
  @ApiPropertyOptional({
    allOf: [ref('Action')],
    description: 'An agent waits for a human: its answer is a `humanInput`.',
    example: ACTION_EXAMPLE,
  })
  action?: unknown;
}

export class StreamingAvailableDto {
  @ApiProperty({ example: true })
  isStreaming!: true;
}
