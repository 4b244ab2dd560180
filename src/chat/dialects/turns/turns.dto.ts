import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength, MinLength, ValidateIf } from 'class-validator';
import { FINISH_REASONS, type FinishReason } from '../../../contract/chat-event.js';
import type { TurnMeasures, TurnRecord, TurnStatus } from '../../records/turn.js';

const MAX_INPUT_CHARACTERS = 10_000;

const STATUSES: TurnStatus[] = ['running', 'completed', 'failed', 'stopped', 'interrupted'];

export class TurnChargeDto {
  @ApiProperty({ example: 0, description: 'Credits held while the turn runs.' })
  held!: number;
  @ApiProperty({ example: 1, description: 'Credits charged in the end.' })
  captured!: number;
  @ApiPropertyOptional({ example: 1, description: 'Credits of these that were given back since, if any.' })
  refunded?: number;
}

export class TurnErrorDto {
  @ApiProperty({ example: 'upstream_timeout' })
  code!: string;
  @ApiProperty({ example: 'The upstream took too long to answer.' })
  message!: string;
  @ApiPropertyOptional({ example: 7, description: 'When the upstream is willing again, as it has said.' })
  retryAfterSeconds?: number;
}

@ApiSchema({
  name: 'TurnStreaming',
  description: 'How the streaming of an answer went; once the turn has ended.',
})
export class TurnStreamingDto {
  @ApiPropertyOptional({ example: 120, description: 'Milliseconds from admission to the first text.' })
  firstTokenMs?: number;
  @ApiPropertyOptional({ example: 2400, description: 'Milliseconds from the first to the last text.' })
  streamedMs?: number;
  @ApiPropertyOptional({
    example: 48.5,
    description: 'Tokens as the upstream counts them, or else four characters as one.',
  })
  tokensPerSecond?: number;
  @ApiPropertyOptional({ example: 310, description: 'Longest silence within the text, in milliseconds.' })
  longestGapMs?: number;
  @ApiPropertyOptional({ example: 18, description: 'Median of the silences, in milliseconds, within 5 %.' })
  medianGapMs?: number;
  @ApiProperty({ example: 116, description: 'Text events of the upstream; those of one read count as one.' })
  textEvents!: number;
  @ApiProperty({ example: 480 })
  characters!: number;
  @ApiProperty({ example: 0, description: 'Events of the upstream whose JSON had to be repaired.' })
  repairedEvents!: number;
  @ApiProperty({ example: 0, description: 'Events of the upstream of which nothing could be made.' })
  droppedEvents!: number;
  @ApiPropertyOptional({ example: 0, description: 'Upstream calls that were repeated before any content.' })
  retries?: number;
  @ApiPropertyOptional({ example: false, description: 'Whether the fallback of the chatflow was asked.' })
  fellBack?: boolean;
}

@ApiSchema({ name: 'TurnInput', description: 'At least one of both is needed.' })
export class TurnInputDto {
  @ApiPropertyOptional({ enum: ['proceed', 'reject'], example: 'proceed' })
  @IsOptional()
  @IsIn(['proceed', 'reject'])
  readonly action?: 'proceed' | 'reject';

  @ApiPropertyOptional({
    example: 'Yes, but only the open ones.',
    maxLength: MAX_INPUT_CHARACTERS,
    description:
      'Told to the agent as feedback. Without an action: a choice of the question is taken as that choice, anything else lets the agent proceed.',
  })
  @ValidateIf(({ action, content }: TurnInputDto) => !action || (content !== undefined && content !== null))
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_INPUT_CHARACTERS)
  readonly content?: string;
}

export class AcceptedInputDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: STATUSES, enumName: 'TurnStatus', example: 'running' })
  status!: TurnStatus;
}

export class TurnDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  sessionId!: string;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ example: 'Add a task to buy milk', description: 'What was asked.' })
  question!: string;
  @ApiProperty({ enum: STATUSES, enumName: 'TurnStatus', example: 'completed' })
  status!: TurnStatus;
  @ApiPropertyOptional({
    enum: FINISH_REASONS,
    enumName: 'FinishReason',
    example: 'stop',
  })
  finishReason?: FinishReason;
  @ApiProperty({ type: TurnChargeDto })
  charge!: TurnChargeDto;
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  startedAt!: string;
  @ApiPropertyOptional({ example: '2026-11-21T10:00:03.000Z' })
  endedAt?: string;
  @ApiPropertyOptional({ example: 120, description: 'Milliseconds from admission to the first text.' })
  firstTokenMs?: number;
  @ApiPropertyOptional({ type: TurnStreamingDto })
  streaming?: TurnStreamingDto;
  @ApiPropertyOptional({ example: '0199a1c2-4444-7abc-8def-000000000004', description: 'The stored answer.' })
  messageId?: string;
  @ApiPropertyOptional({ type: TurnErrorDto, description: 'Why the turn did not complete.' })
  error?: TurnErrorDto;
}

export class StoppedTurnDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: STATUSES, enumName: 'TurnStatus', example: 'stopped' })
  status!: TurnStatus;
  @ApiProperty({ example: 1, description: 'Credits charged for the turn.' })
  charged!: number;
  @ApiProperty({ example: 240, description: 'Characters of the answer that were kept in the session.' })
  keptCharacters!: number;
  @ApiProperty({ example: true, description: 'Whether the upstream confirmed that it ended its work.' })
  upstreamAcknowledged!: boolean;
}

export function toTurnDto(turn: TurnRecord): TurnDto {
  const { settlement, status } = turn;
  const ended = status === 'running' ? undefined : settlement;
  return {
    turnId: turn.id,
    sessionId: turn.sessionId,
    chatflowId: turn.chatflowId,
    question: turn.question,
    status,
    ...(ended?.finishReason === undefined ? {} : { finishReason: ended.finishReason }),
    charge: {
      held: status === 'running' ? turn.price : 0,
      captured: turn.charged ?? 0,
      ...(turn.refunded === undefined ? {} : { refunded: turn.refunded }),
    },
    startedAt: turn.startedAt.toISOString(),
    ...(ended === undefined ? {} : { endedAt: ended.endedAt.toISOString() }),
    ...(ended?.measures.firstTokenMs === undefined ? {} : { firstTokenMs: ended.measures.firstTokenMs }),
    ...(ended === undefined ? {} : { streaming: toStreamingDto(ended.measures) }),
    ...(ended?.stores === true ? { messageId: turn.messageId } : {}),
    ...(ended?.error === undefined ? {} : { error: ended.error }),
  };
}

function toStreamingDto(measures: TurnMeasures): TurnStreamingDto {
  const { firstTokenMs, streamedMs, tokensPerSecond, longestGapMs, medianGapMs, retries, fellBack } =
    measures;
  const { textEvents, characters, repairedEvents, droppedEvents = 0 } = measures;
  const optional = {
    firstTokenMs,
    streamedMs,
    tokensPerSecond,
    longestGapMs,
    medianGapMs,
    retries,
    fellBack,
  };
  return {
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    textEvents,
    characters,
    repairedEvents,
    droppedEvents,
  };
}

@ApiSchema({ name: 'StreamTicket' })
export class StreamTicketDto {
  @ApiProperty({
    description: 'Good once, for the stream of this turn, until it expires.',
    example: 'q8Zr0aXEXAMPLEonlyEXAMPLEonlyEXAMPLEonly000',
  })
  readonly ticket!: string;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:30.000Z' })
  readonly expiresAt!: string;
}
