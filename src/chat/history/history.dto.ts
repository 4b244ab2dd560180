import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { fromStoredAnswer } from '../turn/stored-answer.js';
import type { ChatMessage, ChatSession } from './history-store.port.js';

const MAX_PAGE = 100;
const MAX_CURSOR_CHARACTERS = 512;
const MAX_TOPIC_CHARACTERS = 200;
export const DEFAULT_PAGE = 20;

export class PageQueryDto {
  @ApiPropertyOptional({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE, example: DEFAULT_PAGE })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE)
  limit: number = DEFAULT_PAGE;

  @ApiPropertyOptional({ description: 'The `next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR_CHARACTERS)
  after?: string;
}

export class RenameSessionDto {
  @ApiProperty({ example: 'Shopping', minLength: 1, maxLength: MAX_TOPIC_CHARACTERS })
  @IsString()
  @Matches(/\S/, { message: 'topic must not be blank' })
  @MaxLength(MAX_TOPIC_CHARACTERS)
  topic!: string;
}

export class SessionDto {
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  id!: string;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ example: 'Add a task to buy milk' })
  topic!: string;
  @ApiProperty({ example: 2 })
  messageCount!: number;
  @ApiPropertyOptional({
    example: '0199a1c2-3333-7abc-8def-000000000003',
    description: 'The turn that runs in this session; follow it with `GET /turns/{turnId}/stream`.',
  })
  activeTurnId?: string;
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  createdAt!: string;
  @ApiProperty({ example: '2026-11-21T10:00:03.000Z' })
  updatedAt!: string;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] })
  data!: SessionDto[];
  @ApiProperty({ example: false })
  has_more!: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Pass it as `after`; null on the last page.',
  })
  next_cursor!: string | null;
}

export class MessageDto {
  @ApiProperty({ example: '0199a1c2-4444-7abc-8def-000000000004' })
  id!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  sessionId!: string;
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: ['user', 'assistant'], example: 'assistant' })
  role!: ChatMessage['role'];
  @ApiProperty({ example: 'I added “buy milk” as task 1.', description: 'The plain text.' })
  content!: string;
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description:
      'Everything that the answer held, in order, adjacent text joined; left out when it is only text.',
    example: [
      { type: 'tool-call', toolCallId: 'call_1', toolName: 'add_task', input: { title: 'buy milk' } },
      { type: 'text-delta', text: 'I added “buy milk” as task 1.' },
    ],
  })
  events?: unknown[];
  @ApiProperty({ enum: ['completed', 'stopped', 'interrupted'], example: 'completed' })
  status!: ChatMessage['status'];
  @ApiProperty({ example: '2026-11-21T10:00:03.000Z' })
  createdAt!: string;
}

export class MessageListDto {
  @ApiProperty({ type: [MessageDto] })
  data!: MessageDto[];
  @ApiProperty({ example: false })
  has_more!: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description: 'Pass it as `after`; null on the last page.',
  })
  next_cursor!: string | null;
}

export class SessionExportDto extends SessionDto {
  @ApiProperty({ type: [MessageDto] })
  messages!: MessageDto[];
}

export function toSessionDto(session: ChatSession, activeTurnId?: string): SessionDto {
  const { id, chatflowId, topic, messageCount, createdAt, updatedAt } = session;
  return {
    id,
    chatflowId,
    topic,
    messageCount,
    ...(activeTurnId === undefined ? {} : { activeTurnId }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

export function toMessageDto(message: ChatMessage): MessageDto {
  const { id, sessionId, turnId, role, content, events, status, createdAt } = message;
  return {
    id,
    sessionId,
    turnId,
    role,
    content,
    ...(events === undefined ? {} : { events: publicEvents(content, events) }),
    status,
    createdAt: createdAt.toISOString(),
  };
}

/** Without the upstream's own frames, which only its own dialect shows. */
function publicEvents(text: string, events: NonNullable<ChatMessage['events']>): unknown[] {
  return fromStoredAnswer({ text, events }).flatMap((event) => {
    if (event.type === 'upstream-event') return [];
    const { native: _, ...shown } = { native: undefined, ...event };
    return [shown];
  });
}
