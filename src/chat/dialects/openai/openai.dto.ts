import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  ValidateNested,
} from 'class-validator';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { ID_MESSAGE, ID_PATTERN } from '../predict/predict.dto.js';
import { ref } from '../../../platform/swagger/schemas.js';

export const MAX_MESSAGES = 1000;

@Tolerant()
export class StreamOptionsDto {
  @ApiPropertyOptional({
    type: 'boolean',
    example: true,
    description: 'Whether the last chunk carries token counts.',
  })
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean | null;
}

@Tolerant()
export class ChatCompletionRequestDto {
  @ApiProperty({ example: 'assistant', description: 'The chatflow to ask.' })
  @Matches(ID_PATTERN, { message: ID_MESSAGE })
  model!: string;

  @ApiProperty({
    type: 'array',
    items: ref('CompletionRequestMessage'),
    example: [{ role: 'user', content: 'Add a task to buy milk' }],
    description:
      'The last message is the question, the user’s and assistant’s messages before it are passed on as history. The last may also be what came of the client’s tools. System messages are passed on where the chatflow allows it.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_MESSAGES)
  @IsObject({ each: true })
  messages!: Record<string, unknown>[];

  @ApiPropertyOptional({ type: 'boolean', example: false, description: 'Whether the answer is streamed.' })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({ type: StreamOptionsDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto | null;
}

@Tolerant()
export class ResponseRequestDto {
  @ApiProperty({ example: 'assistant', description: 'The chatflow to ask.' })
  @Matches(ID_PATTERN, { message: ID_MESSAGE })
  model!: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: ref('ResponseInputItem') }],
    example: 'Add a task to buy milk',
    description: 'The question, or a conversation whose last message is the question.',
  })
  @IsDefined()
  input!: unknown;

  @ApiPropertyOptional({ type: 'boolean', example: false, description: 'Whether the answer is streamed.' })
  @IsOptional()
  @IsBoolean()
  stream?: boolean | null;

  @ApiPropertyOptional({
    type: String,
    example: 'resp_0199a1c2-3333-7abc-8def-000000000003',
    description: 'Goes on in the session of an earlier response.',
  })
  @IsOptional()
  @IsString()
  previous_response_id?: string | null;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'object', required: ['id'], properties: { id: { type: 'string' } } }],
    example: 'openai-shopping',
    description: 'The session, as an id or as `{id}`.',
  })
  @IsOptional()
  conversation?: unknown;
}

export class ModelDto {
  @ApiProperty({ example: 'assistant' })
  id!: string;
  @ApiProperty({ example: 'model' })
  object!: 'model';
  @ApiProperty({ example: 1_795_255_200, description: 'Unix seconds.' })
  created!: number;
  @ApiProperty({ example: 'tollgate' })
  owned_by!: string;
}

export class ModelListDto {
  @ApiProperty({ example: 'list' })
  object!: 'list';
  @ApiProperty({ type: [ModelDto] })
  data!: ModelDto[];
}
