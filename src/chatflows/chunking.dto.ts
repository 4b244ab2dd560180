import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsObject, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { IsChunkWords } from './chunk-words.validator.js';

const MAX_CHUNK_WORDS = 1000;
const MAX_CHUNK_CHARACTERS = 10_000;
const MAX_CHUNK_DELAY_MS = 5000;

@ApiSchema({
  name: 'ChunkDelays',
  description: 'Milliseconds between two pieces of some kind of content, where they are not `delayMs`.',
})
export class ChunkDelaysDto {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of blocks of code.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly code?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of a model’s thoughts, which are shown whole without it.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly reasoning?: number;
}

@ApiSchema({
  name: 'Chunking',
  description:
    'How an answer that arrives whole is shown piece by piece: by `words`, by `characters`, or `adaptive`; one of them must be given.',
})
export class ChunkingDto {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Words per piece.',
    minimum: 1,
    maximum: MAX_CHUNK_WORDS,
    example: 3,
  })
  @IsChunkWords(MAX_CHUNK_WORDS)
  readonly words?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Characters per piece.',
    minimum: 1,
    maximum: MAX_CHUNK_CHARACTERS,
    example: 20,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_CHUNK_CHARACTERS)
  readonly characters?: number;

  @ApiPropertyOptional({
    description:
      'Pieces as the text has them: sentences (of long ones some words) and lines of code. A reader that lags gets several at once.',
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly adaptive?: boolean;

  @ApiPropertyOptional({ type: ChunkDelaysDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChunkDelaysDto)
  readonly delays?: ChunkDelaysDto;

  @ApiProperty({
    type: 'integer',
    description: 'Milliseconds between two pieces. A reader that is slower gets several at once.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 30,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly delayMs!: number;
}
