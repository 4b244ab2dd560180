import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { toJson } from '../../../platform/json/to-json.js';
import { AttachmentRefDto, toAttachmentRefDto } from '../attachments/attachments.dto.js';
import { FeedbackDto, toFeedbackDto } from '../feedback/feedback.dto.js';
import { storedFrames } from '../predict/stored-frames.js';
import { FINISH_REASONS, type FinishReason } from '../../../contract/chat-event.js';
import { fromStoredAnswer, storedAnswerOf } from '../../records/stored-answer.js';
import { TurnErrorDto } from '../turns/turns.dto.js';
import type { TurnRecord, TurnStatus } from '../../records/turn.js';
import type { Siblings } from '../../history/message-reader.service.js';
import type { ChatMessage } from '../../records/chat-message.js';
import type { ChatSession } from '../../records/chat-session.js';
import { ref } from '../../../platform/swagger/schemas.js';
import { ApiNextCursor } from '../../../platform/swagger/api-next-cursor.js';

export class SiblingsDto {
  @ApiProperty({ type: 'integer', example: 2, description: 'From 1, in the order in which they were asked.' })
  index!: number;
  @ApiProperty({ type: 'integer', example: 3 })
  count!: number;
  @ApiPropertyOptional({
    example: '0199a1c2-2222-7abc-8def-000000000007',
    description: 'The question asked before it; left out for the first.',
  })
  previousId?: string;
  @ApiPropertyOptional({
    example: '0199a1c2-2222-7abc-8def-000000000008',
    description: 'The question asked behind it; left out for the last.',
  })
  nextId?: string;
}

export class SessionDto {
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  id!: string;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ example: 'Add a task to buy milk' })
  topic!: string;
  @ApiProperty({ example: 2, description: 'Messages of the branch that was asked last.' })
  messageCount!: number;
  @ApiPropertyOptional({
    example: '0199a1c2-4444-7abc-8def-000000000004',
    description: 'The answer with which the branch ends that was asked last.',
  })
  lastMessageId?: string;
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
  @ApiNextCursor()
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
    items: { anyOf: [ref('StoredEvent'), ref('StoredFlowiseEvent')] },
    description:
      'Everything that the answer held, in order, adjacent text joined; left out when it is only text. With `shape=flowise` a `StoredFlowiseEvent` each, else a `StoredEvent`.',
    example: [
      { type: 'tool-call', toolCallId: 'call_1', toolName: 'add_task', input: { title: 'buy milk' } },
      { type: 'text-delta', text: 'I added “buy milk” as task 1.' },
    ],
  })
  events?: unknown[];
  @ApiPropertyOptional({
    type: [AttachmentRefDto],
    description: 'Files of the question that are kept: `GET /attachments/{attachmentId}`.',
  })
  attachments?: AttachmentRefDto[];
  @ApiPropertyOptional({ type: FeedbackDto, description: 'What you said of the answer.' })
  feedback?: FeedbackDto;
  @ApiProperty({ enum: ['completed', 'stopped', 'interrupted'], example: 'completed' })
  status!: ChatMessage['status'];
  @ApiPropertyOptional({
    enum: FINISH_REASONS,
    enumName: 'FinishReason',
    example: 'stop',
  })
  finishReason?: FinishReason;
  @ApiPropertyOptional({
    type: 'integer',
    example: 1,
    description: 'Of an answer: credits that its turn has cost; left out where that was not kept.',
  })
  charged?: number;
  @ApiPropertyOptional({
    example: '0199a1c2-2222-7abc-8def-000000000002',
    description: 'The message that it follows; left out for the first.',
  })
  parentId?: string;
  @ApiPropertyOptional({
    type: SiblingsDto,
    description:
      'Of a question: where it stands among those that follow the same message; left out when there is no other. An answer that is made anew has a question of its own, in the same words.',
  })
  siblings?: SiblingsDto;
  @ApiProperty({ example: '2026-11-21T10:00:03.000Z' })
  createdAt!: string;
}

@ApiSchema({
  name: 'SessionTurn',
  description:
    'A turn of the session that left no messages: it runs, it failed, or it ended before anything was said.',
})
export class SessionTurnDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: ['running', 'failed', 'stopped', 'interrupted'], example: 'failed' })
  status!: TurnStatus;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ example: 'Add a task to buy milk' })
  question!: string;
  @ApiPropertyOptional({
    example: '0199a1c2-2222-7abc-8def-000000000002',
    description: 'The message that its question follows; left out for a first one.',
  })
  parentId?: string;
  @ApiPropertyOptional({ type: [AttachmentRefDto] })
  attachments?: AttachmentRefDto[];
  @ApiPropertyOptional({ example: 'I added', description: 'What was said before it failed.' })
  partialAnswer?: string;
  @ApiPropertyOptional({ type: TurnErrorDto })
  error?: TurnErrorDto;
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  startedAt!: string;
  @ApiPropertyOptional({ example: '2026-11-21T10:00:03.000Z' })
  endedAt?: string;
}

export class MessageListDto {
  @ApiProperty({ type: [MessageDto] })
  data!: MessageDto[];
  @ApiProperty({
    type: [SessionTurnDto],
    description: 'What happened among these messages without leaving any, oldest first.',
  })
  turns!: SessionTurnDto[];
  @ApiProperty({ example: false })
  has_more!: boolean;
  @ApiNextCursor()
  next_cursor!: string | null;
}

export class SessionExportDto extends SessionDto {
  @ApiProperty({ type: [MessageDto] })
  messages!: MessageDto[];
}

export function toSessionDto(session: ChatSession, activeTurnId?: string): SessionDto {
  const { id, chatflowId, topic, messageCount, supersededCount, lastMessageId, createdAt, updatedAt } =
    session;
  return {
    id,
    chatflowId,
    topic,
    messageCount: messageCount - supersededCount,
    ...(lastMessageId === undefined ? {} : { lastMessageId }),
    ...(activeTurnId === undefined ? {} : { activeTurnId }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}

/** With an answer's events as Flowise names them; what a user has said is text in every shape. */
export function toFlowiseMessageDto(message: ChatMessage, siblings?: Siblings): MessageDto {
  const dto = toMessageDto(message, siblings);
  if (message.role === 'user') return dto;
  const events = storedFrames(storedAnswerOf(message));
  return { ...dto, content: toJson(events), events };
}

export function toMessageDto(message: ChatMessage, siblings?: Siblings): MessageDto {
  const { id, sessionId, turnId, role, content, events, status, parentId, createdAt } = message;
  const { finishReason, charged, attachments, feedback } = message;
  return {
    id,
    sessionId,
    turnId,
    role,
    content,
    ...(events === undefined ? {} : { events: publicEvents(content, events) }),
    ...(attachments === undefined ? {} : { attachments: attachments.map(toAttachmentRefDto) }),
    ...(feedback === undefined ? {} : { feedback: toFeedbackDto(feedback) }),
    status,
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(charged === undefined ? {} : { charged }),
    ...(parentId === null ? {} : { parentId }),
    ...(siblings === undefined ? {} : { siblings }),
    createdAt: createdAt.toISOString(),
  };
}

export function toSessionTurnDto({
  id,
  status,
  chatflowId,
  question,
  parentId,
  attachments,
  settlement,
  startedAt,
}: TurnRecord): SessionTurnDto {
  const partial = settlement?.answer?.text ?? '';
  return {
    turnId: id,
    status,
    chatflowId,
    question,
    ...(parentId === undefined ? {} : { parentId }),
    ...(attachments === undefined ? {} : { attachments: attachments.map(toAttachmentRefDto) }),
    ...(partial === '' ? {} : { partialAnswer: partial }),
    ...(settlement?.error === undefined ? {} : { error: settlement.error }),
    startedAt: startedAt.toISOString(),
    ...(settlement === undefined ? {} : { endedAt: settlement.endedAt.toISOString() }),
  };
}

/** Without the upstream's own frames, which only its own dialect shows, and without its ids: whoever knows them could go on by themselves. */
function publicEvents(text: string, events: NonNullable<ChatMessage['events']>): unknown[] {
  return fromStoredAnswer({ text, events }).flatMap((event) => {
    if (event.type === 'upstream-event' || event.type === 'metadata') return [];
    const { native: _, ...shown } = { native: undefined, ...event };
    return [shown];
  });
}
