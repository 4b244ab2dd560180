import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsIn,
  IsISO8601,
  IsNotEmpty,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import { DEFAULT_SCOPES, SCOPES, type Scope } from '../../contract/scope.js';
import type { ApiKey } from './api-key.js';

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
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
  @ApiPropertyOptional({ format: 'date-time', example: '2099-12-31T23:59:59.000Z' })
  readonly expiresAt?: string;
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

export function toApiKeyDto(key: ApiKey): ApiKeyDto {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: [...(key.scopes ?? SCOPES)],
    createdAt: key.createdAt.toISOString(),
    ...(key.expiresAt === undefined ? {} : { expiresAt: key.expiresAt.toISOString() }),
    ...(key.lastUsedAt === undefined ? {} : { lastUsedAt: key.lastUsedAt.toISOString() }),
  };
}
