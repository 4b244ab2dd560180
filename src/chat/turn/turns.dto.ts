import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { TurnRecord, TurnStatus } from './turn.js';

const STATUSES: TurnStatus[] = ['running', 'completed', 'failed', 'stopped', 'interrupted'];

export class TurnChargeDto {
  @ApiProperty({ example: 0, description: 'Credits held while the turn runs.' })
  held!: number;
  @ApiProperty({ example: 1, description: 'Credits charged in the end.' })
  captured!: number;
}

export class TurnErrorDto {
  @ApiProperty({ example: 'upstream_timeout' })
  code!: string;
  @ApiProperty({ example: 'The upstream took too long to answer.' })
  message!: string;
}

export class TurnDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  sessionId!: string;
  @ApiProperty({ example: 'assistant' })
  chatflowId!: string;
  @ApiProperty({ enum: STATUSES, example: 'completed' })
  status!: TurnStatus;
  @ApiProperty({ type: TurnChargeDto })
  charge!: TurnChargeDto;
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  startedAt!: string;
  @ApiPropertyOptional({ example: '2026-11-21T10:00:03.000Z' })
  endedAt?: string;
  @ApiPropertyOptional({ example: 120, description: 'Milliseconds from admission to the first text.' })
  firstTokenMs?: number;
  @ApiPropertyOptional({ example: '0199a1c2-4444-7abc-8def-000000000004', description: 'The stored answer.' })
  messageId?: string;
  @ApiPropertyOptional({ type: TurnErrorDto, description: 'Why the turn did not complete.' })
  error?: TurnErrorDto;
}

export class StoppedTurnDto {
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ enum: STATUSES, example: 'stopped' })
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
    status,
    charge: { held: status === 'running' ? turn.price : 0, captured: turn.charged ?? 0 },
    startedAt: turn.startedAt.toISOString(),
    ...(ended === undefined ? {} : { endedAt: ended.endedAt.toISOString() }),
    ...(ended?.measures.firstTokenMs === undefined ? {} : { firstTokenMs: ended.measures.firstTokenMs }),
    ...(ended?.stores === true ? { messageId: turn.messageId } : {}),
    ...(ended?.error === undefined ? {} : { error: ended.error }),
  };
}
