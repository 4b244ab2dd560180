import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { RATINGS, type Feedback, type FeedbackCount, type Rating } from '../../records/feedback.js';
import { ID_MESSAGE, ID_PATTERN } from '../predict/predict.dto.js';

/** Of what somebody says about an answer. */
const MAX_COMMENT_CHARACTERS = 2000;
/** Words by which one answer is sorted. */
const MAX_TAGS = 10;
const MAX_TAG_CHARACTERS = 40;
const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const DAY_MESSAGE = 'must be a day: 2026-11-29';

export class PutFeedbackDto {
  @ApiProperty({ enum: RATINGS, example: 'up' })
  @IsIn(RATINGS)
  rating!: Rating;

  @ApiPropertyOptional({ example: 'Short and right.', maxLength: MAX_COMMENT_CHARACTERS })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_COMMENT_CHARACTERS)
  comment?: string;

  @ApiPropertyOptional({ type: [String], example: ['helpful'], maxItems: MAX_TAGS })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TAGS)
  @IsString({ each: true })
  @MinLength(1, { each: true })
  @MaxLength(MAX_TAG_CHARACTERS, { each: true })
  tags?: string[];
}

export class FeedbackDto {
  @ApiProperty({ enum: RATINGS, example: 'up' })
  rating!: Rating;
  @ApiPropertyOptional({ example: 'Short and right.' })
  comment?: string;
  @ApiPropertyOptional({ type: [String], example: ['helpful'] })
  tags?: string[];
  @ApiProperty({ example: '2026-11-21T10:01:00.000Z' })
  updatedAt!: string;
}

export class FeedbackQueryDto {
  @ApiPropertyOptional({
    example: '2026-01-01',
    description: 'First day in UTC. Default: 30 days before `to`.',
  })
  @IsOptional()
  @Matches(DAY, { message: DAY_MESSAGE })
  from?: string;

  @ApiPropertyOptional({
    example: '2026-01-31',
    description: 'Last day in UTC. Default: today. At most 366 days after `from`.',
  })
  @IsOptional()
  @Matches(DAY, { message: DAY_MESSAGE })
  to?: string;

  @ApiPropertyOptional({ example: 'assistant' })
  @IsOptional()
  @Matches(ID_PATTERN, { message: ID_MESSAGE })
  chatflowId?: string;
}

export class FeedbackCountDto {
  @ApiProperty({ example: '2026-01-02' })
  day!: string;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ type: 'integer', example: 3 })
  up!: number;
  @ApiProperty({ type: 'integer', example: 1 })
  down!: number;
}

export class FeedbackSummaryDto {
  @ApiProperty({ type: [FeedbackCountDto] })
  data!: FeedbackCountDto[];
}

export function toFeedbackDto({ rating, comment, tags, at }: Feedback): FeedbackDto {
  return {
    rating,
    ...(comment === undefined ? {} : { comment }),
    ...(tags === undefined ? {} : { tags: [...tags] }),
    updatedAt: at.toISOString(),
  };
}

/** @param counts by day and chatflow */
export function toSummaryDto(counts: readonly FeedbackCount[]): FeedbackSummaryDto {
  const data = new Map<string, FeedbackCountDto>();
  for (const { day, chatflowId, rating, count } of counts) {
    const key = `${day} ${chatflowId}`;
    const sum = data.get(key) ?? { day, chatflowId, up: 0, down: 0 };
    data.set(key, { ...sum, [rating]: count });
  }
  return { data: [...data.values()] };
}
