import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import {
  AUDIT_ACTIONS,
  AUDIT_PHASES,
  AUDIT_TARGETS,
  type AuditAction,
  type AuditDetails,
  type AuditEntry,
  type AuditPhase,
  type AuditTargetKind,
  type ChainedEntry,
} from '../audit/audit-entry.js';
import { toldOf } from '../audit/audit-lines.js';
import type { AuditVerification } from '../audit/audit-verification.service.js';
import type { AuditPlace } from '../audit/chain-walk.js';
import { IsPageLimit } from '../platform/validation/page-limit.js';
import { ApiNextCursor } from '../platform/swagger/api-next-cursor.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;
const MAX_ID_CHARACTERS = 255;
const ANCHOR = /^[1-9]\d{0,14}:[0-9a-f]{64}$/;
const ENTRY_ID = /^[0-9a-f-]{36}$/;
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

@ApiSchema({ name: 'AuditEntry' })
export class AuditEntryDto {
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  readonly id!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-28T09:30:00.000Z' })
  readonly at!: string;
  @ApiProperty({ enum: AUDIT_ACTIONS, enumName: 'AuditAction', example: 'credits.grant' })
  readonly action!: AuditAction;
  @ApiProperty({
    enum: AUDIT_PHASES,
    description:
      '`asked` is written before anything is done; `done` or `refused` behind it, with its id as `answers`. Sign-ins, and what was counted, have one entry.',
    example: 'asked',
  })
  readonly phase!: AuditPhase;
  @ApiPropertyOptional({
    description: 'The entry `asked` that this is the outcome of.',
    example: '0199a1c2-1111-7abc-8def-000000000001',
  })
  readonly answers?: string;
  @ApiPropertyOptional({
    description: 'The user who asked.',
    example: '0199a1c2-1111-7abc-8def-0000000000ad',
  })
  readonly actorId?: string;
  @ApiPropertyOptional({ description: 'The API key that they came with.' })
  readonly apiKeyId?: string;
  @ApiPropertyOptional({ enum: AUDIT_TARGETS, enumName: 'AuditTarget', example: 'user' })
  readonly targetKind?: AuditTargetKind;
  @ApiPropertyOptional({ example: '0199a1c2-1111-7abc-8def-0000000000da' })
  readonly targetId?: string;
  @ApiPropertyOptional({ description: 'The request’s `X-Request-Id`.', example: 'a-request-id' })
  readonly requestId?: string;
  @ApiPropertyOptional({ description: 'Why it was refused: the code of the problem.', example: 'conflict' })
  readonly code?: string;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
    example: { amount: 100, reason: 'Pilot' },
  })
  readonly details?: AuditDetails;
  @ApiProperty({
    format: 'date-time',
    description: 'When it may be removed.',
    example: '2028-11-28T09:30:00.000Z',
  })
  readonly expiresAt!: string;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Its place in the chain. Absent for about a second, until it has one.',
    example: 1,
  })
  readonly sequence?: number;
  @ApiPropertyOptional({ description: 'Of the entry before.', example: '0'.repeat(64) })
  readonly previousHash?: string;
  @ApiPropertyOptional({ example: HASH })
  readonly hash?: string;
}

@ApiSchema({ name: 'AuditEntryList' })
export class AuditEntryListDto {
  @ApiProperty({ type: [AuditEntryDto] })
  readonly data!: AuditEntryDto[];
  @ApiProperty({ example: false })
  readonly has_more!: boolean;
  @ApiNextCursor()
  readonly next_cursor!: string | null;
}

export class ListAuditEntriesQueryDto {
  @ApiPropertyOptional({ enum: AUDIT_ACTIONS, enumName: 'AuditAction' })
  @IsOptional()
  @IsIn(AUDIT_ACTIONS)
  readonly action?: AuditAction;

  @ApiPropertyOptional({ description: 'Only what this user has asked for.' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly actorId?: string;

  @ApiPropertyOptional({ description: 'Only what was done to this user, key, chatflow, turn or session.' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly targetId?: string;

  @IsPageLimit(DEFAULT_LIMIT, MAX_LIMIT)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @IsOptional()
  @Matches(ENTRY_ID, { message: 'after is not a cursor of this list' })
  readonly after?: string;
}

export class AuditChainQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 1,
    description: 'The sequence of the first entry.',
    example: 1,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  readonly from: number = 1;
}

export class VerifyAuditQueryDto extends AuditChainQueryDto {
  @ApiPropertyOptional({
    pattern: ANCHOR.source,
    description:
      '`<sequence>:<hash>` of a `last` that was kept elsewhere: whether the chain still has it. So an end that was cut off is found, and a whole new chain.',
  })
  @IsOptional()
  @Matches(ANCHOR, { message: 'anchor must be <sequence>:<hash>' })
  readonly anchor?: string;
}

/** @returns the place that an anchor of a request names */
export function anchorOf(text: string | undefined): AuditPlace | undefined {
  const [sequence = '', hash = ''] = text?.split(':') ?? [];
  return text === undefined ? undefined : { sequence: Number(sequence), hash };
}

@ApiSchema({ name: 'AuditPlace' })
export class AuditPlaceDto {
  @ApiProperty({ type: 'integer', example: 1 })
  readonly sequence!: number;
  @ApiProperty({ example: HASH })
  readonly hash!: string;
}

@ApiSchema({ name: 'AuditFault' })
export class AuditFaultDto {
  @ApiProperty({ type: 'integer', example: 1 })
  readonly sequence!: number;
  @ApiPropertyOptional({ description: 'Absent when there is no such entry.' })
  readonly id?: string;
  @ApiProperty({
    enum: ['missing', 'changed', 'unlinked', 'replaced'],
    description:
      '`unlinked`: it names another entry before it than the one that is there. `replaced`: it fits, and is not the one that the anchor names.',
    example: 'changed',
  })
  readonly problem!: 'missing' | 'changed' | 'unlinked' | 'replaced';
}

@ApiSchema({ name: 'AuditVerification' })
export class AuditVerificationDto implements AuditVerification {
  @ApiProperty({ type: 'integer', description: 'Entries that fit.', example: 12 })
  readonly verified!: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'To be sent as `from` to go on; null at the end of the chain.',
    example: null,
  })
  readonly next!: number | null;
  @ApiPropertyOptional({ type: AuditFaultDto, description: 'The first entry that does not fit.' })
  readonly fault?: AuditFaultDto;
  @ApiPropertyOptional({ type: AuditPlaceDto, description: 'The last entry that fits.' })
  readonly last?: AuditPlaceDto;
  @ApiPropertyOptional({
    description:
      'Whether the entry that `anchor` names was among those of this call, and fits. False when it stands before `from`, behind `next`, or is gone by its age.',
    example: true,
  })
  readonly anchorSeen?: boolean;
}

/** @returns an entry as admins see it */
export function toAuditEntryDto(entry: AuditEntry | ChainedEntry): AuditEntryDto {
  return toldOf(entry);
}
