import { ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { IsUpstreamUrl } from './upstream-url.validator.js';

const MAX_ID_CHARACTERS = 256;
const MAX_LISTED = 1000;
const MAX_PROMPT_CHARACTERS = 32_000;

@ApiSchema({ name: 'ChatflowUpstream' })
export class ChatflowUpstreamDto {
  @ApiPropertyOptional({
    description: 'Flow of a Flowise server.',
    example: '8f1c8c4e-1b1f-4a53-9d0e-3a2f3f0f6f11',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly flowId?: string;

  @ApiPropertyOptional({
    description: "Instead of the provider's own address.",
    example: 'https://flowise.example.com',
  })
  @IsOptional()
  @IsUpstreamUrl()
  readonly baseUrl?: string;

  @ApiPropertyOptional({ description: "Instead of the provider's own model.", example: 'gpt-4o-mini' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly model?: string;

  @ApiPropertyOptional({
    description: 'Document buckets of the Storm API.',
    type: [String],
    example: ['handbook'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_ID_CHARACTERS, { each: true })
  readonly bucketIds?: string[];

  @ApiPropertyOptional({
    description: "OpenAI-compatible: whether the model may use the user's to-do list.",
    default: false,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly tools?: boolean;

  @ApiPropertyOptional({
    description: 'OpenAI-compatible: what the model is told before the conversation.',
    maxLength: MAX_PROMPT_CHARACTERS,
    example: 'You answer questions about our handbook, in one sentence.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PROMPT_CHARACTERS)
  readonly systemPrompt?: string;
}
