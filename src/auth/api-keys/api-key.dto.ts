import { ApiProperty, ApiPropertyOptional, ApiSchema, PartialType, PickType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { CHATFLOW_ID } from '../../contract/chatflow-id.js';
import { DEFAULT_SCOPES, SCOPES, type Scope } from '../../contract/principal.js';
import type { ApiKey } from './api-key.js';
import type { SpentCap } from './key-caps.port.js';

/** Each turn of the key looks through them. */
const MAX_CHATFLOWS_PER_KEY = 100;
/** More than one instance answers; who needs more needs no limit. */
const MAX_REQUESTS_PER_MINUTE = 1_000_000;
/** What an account holds is far less. */
const MAX_CREDIT_CAP = 1_000_000_000;
/** A week: whoever needs longer makes another key. */
const MAX_OVERLAP_SECONDS = 7 * 24 * 3600;
export const DEFAULT_OVERLAP_SECONDS = 3600;

@ApiSchema({ name: 'CreateApiKey' })
export class CreateApiKeyDto {
  @ApiProperty({ description: 'What the key is for.', example: 'nightly report', maxLength: 100 })
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  readonly name!: string;

  @ApiPropertyOptional({
    description: 'From then on the key is refused. Absent: good until revoked.',
    format: 'date-time',
    example: '2099-12-31T23:59:59.000Z',
  })
  @IsOptional()
  @IsISO8601({ strict: true })
  readonly expiresAt?: string;

  @ApiPropertyOptional({
    enum: SCOPES,
    enumName: 'Scope',
    isArray: true,
    description:
      'What the key may be used for. `chat`: ask, follow, stop, give input, upload, change what is yours; `read`: sessions, messages, search, usage, balance; `admin`: what needs the role of an admin, as long as you have it.',
    default: DEFAULT_SCOPES,
    example: ['chat', 'read'],
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(SCOPES.length)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true })
  readonly scopes?: Scope[];

  @ApiPropertyOptional({
    type: [String],
    maxItems: MAX_CHATFLOWS_PER_KEY,
    description:
      'Only these may be asked, and their turns followed, stopped and given input; everything else is as it is to whoever may not use a chatflow. Absent: all that you may use.',
    example: ['assistant'],
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_CHATFLOWS_PER_KEY)
  @ArrayUnique()
  @Matches(CHATFLOW_ID, { each: true })
  readonly chatflowIds?: string[];

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_REQUESTS_PER_MINUTE,
    description:
      'More requests than that in a minute are `rate_limited`, on all instances together. Absent: no limit of its own.',
    example: 60,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_REQUESTS_PER_MINUTE)
  readonly requestsPerMinute?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_CREDIT_CAP,
    description:
      'What the key may spend in all, in credits; beyond it turns are refused with 402 `insufficient_key_credits`. It can be changed and not taken off: what was spent stays spent. Not with an external accounting service. Absent: what its owner has.',
    example: 500,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_CREDIT_CAP)
  readonly creditCap?: number;
}

@ApiSchema({ name: 'ChangeApiKey' })
export class ChangeApiKeyDto extends PartialType(
  PickType(CreateApiKeyDto, ['name', 'chatflowIds', 'requestsPerMinute', 'creditCap']),
) {}

@ApiSchema({ name: 'RotateApiKey' })
export class RotateApiKeyDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: MAX_OVERLAP_SECONDS,
    default: DEFAULT_OVERLAP_SECONDS,
    description: 'For how long the key until now is good as well. 0: no longer.',
    example: 3600,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_OVERLAP_SECONDS)
  readonly overlapSeconds?: number;
}

@ApiSchema({ name: 'ApiKey' })
export class ApiKeyDto {
  @ApiProperty({ example: '0199a1c2-4444-7abc-8def-000000000004' })
  readonly id!: string;
  @ApiProperty({ example: 'nightly report' })
  readonly name!: string;
  @ApiProperty({ description: "The key's first characters.", example: 'tg_q8Zr0aX' })
  readonly prefix!: string;
  @ApiProperty({
    enum: SCOPES,
    enumName: 'Scope',
    isArray: true,
    description: 'Keys from before there were scopes have all of them.',
    example: ['chat', 'read'],
  })
  readonly scopes!: Scope[];
  @ApiPropertyOptional({ type: [String], description: 'Absent: all.', example: ['assistant'] })
  readonly chatflowIds?: string[];
  @ApiPropertyOptional({ type: 'integer', description: 'Absent: no limit of its own.', example: 60 })
  readonly requestsPerMinute?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'Absent: no cap of its own.', example: 500 })
  readonly creditCap?: number;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of a key with a cap: what its turns were charged and what is held for them, less refunds.',
    example: 42,
  })
  readonly creditsUsed?: number;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time', example: '2099-12-31T23:59:59.000Z' })
  readonly expiresAt?: string;
  @ApiPropertyOptional({
    description: 'Of a rotated key: until when the one before is good as well.',
    format: 'date-time',
    example: '2026-01-31T13:00:00.000Z',
  })
  readonly previousUntil?: string;
  @ApiPropertyOptional({
    description: 'To the minute.',
    format: 'date-time',
    example: '2026-01-31T12:30:00.000Z',
  })
  readonly lastUsedAt?: string;
}

@ApiSchema({ name: 'CreatedApiKey' })
export class CreatedApiKeyDto extends ApiKeyDto {
  @ApiProperty({
    description: 'The key itself. It is not kept and cannot be shown again.',
    example: 'tg_q8Zr0aXEXAMPLEonlyEXAMPLEonlyEXAMPLEonly000',
  })
  readonly key!: string;
}

@ApiSchema({ name: 'ApiKeyList' })
export class ApiKeyListDto {
  @ApiProperty({ type: [ApiKeyDto] })
  readonly data!: ApiKeyDto[];
  @ApiProperty({ description: 'Always false: all keys fit in one page.', example: false })
  readonly has_more!: boolean;
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;
}

/** @param spent of its cap, if it has one */
export function toApiKeyDto(key: ApiKey, spent?: SpentCap): ApiKeyDto {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...(key.scopes ?? SCOPES)],
    ...(key.chatflowIds === undefined ? {} : { chatflowIds: [...key.chatflowIds] }),
    ...(key.requestsPerMinute === undefined ? {} : { requestsPerMinute: key.requestsPerMinute }),
    ...(spent === undefined ? {} : { creditCap: spent.cap, creditsUsed: spent.used }),
    createdAt: key.createdAt.toISOString(),
    ...(key.expiresAt === undefined ? {} : { expiresAt: key.expiresAt.toISOString() }),
    ...(key.previous === undefined ? {} : { previousUntil: key.previous.until.toISOString() }),
    ...(key.lastUsedAt === undefined ? {} : { lastUsedAt: key.lastUsedAt.toISOString() }),
  };
}
