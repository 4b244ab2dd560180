import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_EXCERPT_CHARACTERS } from '../../search/excerpt.js';
import { MAX_QUERY_CHARACTERS } from '../../search/search-query.js';
import type { FoundPage, FoundSession, MessageMatch } from '../../search/search.service.js';
import type { ChatMessage } from '../../records/chat-message.js';
import { SessionDto, toSessionDto } from '../history/history.dto.js';
import { DEFAULT_PAGE } from '../history/history-query.dto.js';
import { ApiNextCursor } from '../../../platform/swagger/api-next-cursor.js';
import { pageOf } from '../../../platform/http/page-of.js';

/** Turns that one page of a search shows. */
const MAX_SEARCH_PAGE = 50;
const MAX_CURSOR_CHARACTERS = 512;

export class SearchQueryDto {
  @ApiProperty({
    example: 'milk',
    minLength: 1,
    maxLength: MAX_QUERY_CHARACTERS,
    description:
      'All words have to be there, in any order; case and accents do not count. The last word may be unfinished from its third letter on. Chinese, Japanese and Korean are searched by characters.',
  })
  @IsString()
  @Matches(/[\p{L}\p{N}]/u, { message: 'q must have a letter or a digit' })
  @MaxLength(MAX_QUERY_CHARACTERS)
  q!: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_SEARCH_PAGE,
    default: DEFAULT_PAGE,
    example: DEFAULT_PAGE,
    description: 'Turns and titles that are shown.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_SEARCH_PAGE)
  limit: number = DEFAULT_PAGE;

  @ApiPropertyOptional({ description: 'The `next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR_CHARACTERS)
  after?: string;
}

export class HighlightDto {
  @ApiProperty({ type: 'integer', example: 14, description: 'In UTF-16 code units, as JavaScript counts.' })
  start!: number;
  @ApiProperty({ type: 'integer', example: 4 })
  length!: number;
}

export class MessageMatchDto {
  @ApiProperty({ example: '0199a1c2-2222-7abc-8def-000000000002' })
  messageId!: string;
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: ['user', 'assistant'], example: 'user' })
  role!: ChatMessage['role'];
  @ApiProperty({ example: '2026-11-21T10:00:03.000Z' })
  createdAt!: string;
  @ApiProperty({
    example: 'Add a task to buy milk',
    maxLength: MAX_EXCERPT_CHARACTERS,
    description: 'A piece of the message around the first hit, as plain text.',
  })
  excerpt!: string;
  @ApiProperty({ type: [HighlightDto], example: [{ start: 18, length: 4 }] })
  highlights!: HighlightDto[];
  @ApiProperty({ example: false, description: 'Whether something stands before the excerpt.' })
  cutBefore!: boolean;
  @ApiProperty({ example: false, description: 'Whether something stands behind the excerpt.' })
  cutAfter!: boolean;
}

export class FoundSessionDto {
  @ApiProperty({ type: SessionDto })
  session!: SessionDto;
  @ApiProperty({
    type: [HighlightDto],
    description: 'In the session’s topic; empty when the topic does not have all words.',
    example: [{ start: 18, length: 4 }],
  })
  topicHighlights!: HighlightDto[];
  @ApiProperty({
    type: [MessageMatchDto],
    description: 'Newest turn first, a question before its answer; empty when only the topic has the words.',
  })
  matches!: MessageMatchDto[];
}

export class FoundSessionListDto {
  @ApiProperty({ type: [FoundSessionDto] })
  data!: FoundSessionDto[];
  @ApiProperty({
    example: false,
    description:
      'May be true behind a page that is shorter than its limit: then less than all was looked at.',
  })
  has_more!: boolean;
  @ApiNextCursor()
  next_cursor!: string | null;
}

export function toFoundListDto({ sessions, nextCursor }: FoundPage): FoundSessionListDto {
  return pageOf(sessions.map(toFoundDto), nextCursor);
}

function toFoundDto({ session, topicHighlights, matches }: FoundSession): FoundSessionDto {
  return {
    session: toSessionDto(session),
    topicHighlights: [...topicHighlights],
    matches: matches.map(toMatchDto),
  };
}

function toMatchDto({ message, text, highlights, cutBefore, cutAfter }: MessageMatch): MessageMatchDto {
  return {
    messageId: message.id,
    turnId: message.turnId,
    role: message.role,
    createdAt: message.createdAt.toISOString(),
    excerpt: text,
    highlights: [...highlights],
    cutBefore,
    cutAfter,
  };
}
