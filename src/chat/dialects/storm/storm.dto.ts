import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsNotEmpty, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Tolerant } from '../../../platform/validation/tolerant.js';
import { MAX_QUESTION_CHARACTERS } from '../predict/predict.dto.js';
import { WithoutFilesDto } from '../without-files.dto.js';
import type { StormContext } from './storm-contexts.js';

const MAX_BUCKETS = 100;
const MAX_ID_CHARACTERS = 256;

@Tolerant()
export class StormQuestionDto extends WithoutFilesDto {
  @ApiProperty({ example: 'How is a document parsed?', minLength: 1, maxLength: MAX_QUESTION_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @Matches(/\S/, { message: 'question must not be blank' })
  @MaxLength(MAX_QUESTION_CHARACTERS)
  question!: string;

  @ApiPropertyOptional({
    type: [String],
    example: [],
    description:
      'Choose the chatflow that is set up for exactly these buckets; none or an empty list: the default one.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_BUCKETS)
  @IsString({ each: true })
  @MaxLength(MAX_ID_CHARACTERS, { each: true })
  bucketIds?: string[] | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    example: '0199a1c2-1111-7abc-8def-000000000001',
    description: 'The session to go on with; a new one is made when it is left out.',
  })
  @IsOptional()
  threadId?: unknown;

  @ApiPropertyOptional({
    type: String,
    description: 'Not supported, and refused, so that nobody waits for a call.',
  })
  @IsOptional()
  webhookUrl?: unknown;
}

export class StormContextDto implements StormContext {
  @ApiProperty({ example: '1' })
  id!: string;
  @ApiProperty({ example: 'document' })
  type!: 'document';
  @ApiProperty({ type: String, nullable: true, example: 'manuals' })
  bucketName!: string | null;
  @ApiProperty({ example: 'milk.pdf' })
  fileName!: string;
  @ApiProperty({ example: '3' })
  pageName!: string;
  @ApiProperty({ example: 'Milk is 3.5 % fat.' })
  context!: string;
  @ApiProperty({ example: 1 })
  referenceIdx!: number;
}

export class StormChatDto {
  @ApiProperty({ example: '0199a1c2-4444-7abc-8def-000000000004' })
  id!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  threadId!: string;
  @ApiProperty({ example: 'How is a document parsed?' })
  question!: string;
  @ApiProperty({ example: 'Page by page.' })
  answer!: string;
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  createdAt!: string;
  @ApiProperty({ example: '2026-11-21T10:00:03.000Z' })
  updatedAt!: string;
  @ApiProperty({ example: 'completed' })
  status!: string;
}

export class StormAnswerDataDto {
  @ApiProperty({ type: StormChatDto })
  chat!: StormChatDto;
  @ApiProperty({ type: [StormContextDto] })
  contexts!: StormContextDto[];
}

export class StormAnswerDto {
  @ApiProperty({ example: 'success' })
  status!: 'success';
  @ApiProperty({ type: StormAnswerDataDto })
  data!: StormAnswerDataDto;
}

export class StormContextsDataDto {
  @ApiProperty({ type: [StormContextDto] })
  contexts!: StormContextDto[];
}

export class StormContextsDto {
  @ApiProperty({ example: 'success' })
  status!: 'success';
  @ApiProperty({ type: StormContextsDataDto })
  data!: StormContextsDataDto;
}
