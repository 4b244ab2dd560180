import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { PROVIDER_NAMES, type ProviderName } from '../contract/provider.js';
import { CLIENT_OPTIONS, MAX_RETENTION_DAYS, type ClientOption, type OnDisconnect } from './chatflow.js';
import { IsChatflowId } from './chatflow-id.js';
import { ChargeOnDto } from './charge-on.dto.js';
import { ChatflowConcurrencyDto } from './chatflow-concurrency.dto.js';
import { ChatflowTitleDto } from './chatflow-title.dto.js';
import { ChatflowUploadsDto } from './chatflow-uploads.dto.js';
import { ChatflowUpstreamDto } from './chatflow-upstream.dto.js';
import { ChunkingDto } from './chunking.dto.js';
import { IsOnDisconnect, MAX_STOP_AFTER_SECONDS } from './on-disconnect.validator.js';

const MAX_CREDITS = 1_000_000_000;
const MAX_NAME_CHARACTERS = 200;
const MAX_ID_CHARACTERS = 256;
const MAX_LISTED = 1000;
const MAX_INPUT_WAIT_SECONDS = 3600;
const MAX_OVERRIDES = 100;
/** `sessionId` is never a user's to choose, and a name like `__proto__` is nobody's. */
const OVERRIDE = /^(?!sessionId$)[A-Za-z][A-Za-z0-9_-]{0,127}$/;

@ApiSchema({ name: 'ChatflowPrice' })
export class ChatflowPriceDto {
  @ApiProperty({
    type: 'integer',
    description: 'Whole credits for one turn.',
    minimum: 1,
    maximum: MAX_CREDITS,
    example: 1,
  })
  @IsInt()
  @Min(1)
  @Max(MAX_CREDITS)
  readonly credits!: number;
}

@ApiSchema({
  name: 'ChatflowAccess',
  description:
    'Who may use it: everybody, the users (by id, or by what an external issuer calls them), or who has one of the roles. Admins always may.',
})
export class ChatflowAccessDto {
  @ApiPropertyOptional({ example: true })
  @IsOptional()
  @IsBoolean()
  readonly public?: boolean;

  @ApiPropertyOptional({
    description: 'User ids.',
    type: [String],
    example: ['0199a1c2-5555-7abc-8def-000000000005'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_ID_CHARACTERS, { each: true })
  readonly users?: string[];

  @ApiPropertyOptional({ type: [String], example: ['staff'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_ID_CHARACTERS, { each: true })
  readonly roles?: string[];
}

@ApiSchema({ name: 'StopAfterSeconds' })
export class StopAfterSecondsDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_STOP_AFTER_SECONDS, example: 300 })
  readonly stopAfterSeconds!: number;
}

export const ON_DISCONNECT_SCHEMA = {
  oneOf: [
    { type: 'string' as const, enum: ['continue', 'stop'] },
    { $ref: getSchemaPath(StopAfterSecondsDto) },
  ],
  description: 'What happens to a turn that nobody watches any more.',
  example: 'continue',
};

@ApiExtraModels(StopAfterSecondsDto)
@ApiSchema({ name: 'PutChatflow' })
export class PutChatflowDto {
  @ApiProperty({ example: 'Support desk', maxLength: MAX_NAME_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_NAME_CHARACTERS)
  readonly name!: string;

  @ApiProperty({
    enum: PROVIDER_NAMES,
    enumName: 'ProviderName',
    description: 'It need not be set up on this instance.',
    example: 'flowise',
  })
  @IsIn(PROVIDER_NAMES)
  readonly provider!: ProviderName;

  @ApiPropertyOptional({ type: ChatflowUpstreamDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowUpstreamDto)
  readonly upstream?: ChatflowUpstreamDto;

  @ApiProperty({ type: ChatflowPriceDto })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowPriceDto)
  readonly price!: ChatflowPriceDto;

  @ApiProperty({ type: ChatflowAccessDto })
  @IsDefined()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowAccessDto)
  readonly access!: ChatflowAccessDto;

  @ApiPropertyOptional({
    description:
      'Whether nothing can be asked of it for now, by nobody: 403 `chatflow_disabled`. Answers that are being streamed end with `access_revoked`; what was said stays readable. It answers neither as a fallback nor for titles.',
    default: false,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly disabled?: boolean;

  @ApiPropertyOptional({ ...ON_DISCONNECT_SCHEMA, default: 'continue' })
  @IsOptional()
  @IsOnDisconnect()
  readonly onDisconnect?: OnDisconnect;

  @ApiPropertyOptional({
    description: 'Whether a turn that the user stopped after content is charged.',
    default: true,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly chargeOnStop?: boolean;

  @ApiPropertyOptional({ type: ChargeOnDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChargeOnDto)
  readonly chargeOn?: ChargeOnDto;

  @ApiPropertyOptional({
    description: 'Id of the chatflow whose upstream answers when this one cannot, before any content.',
    example: 'assistant',
  })
  @IsOptional()
  @IsChatflowId()
  readonly fallback?: string;

  @ApiPropertyOptional({
    type: ChunkingDto,
    description:
      'For answers that arrive whole. Left out: they are shown at once. Answers that stream are never delayed.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChunkingDto)
  readonly chunking?: ChunkingDto;

  @ApiPropertyOptional({
    type: 'integer',
    description:
      "Seconds that a turn stays open for `POST /turns/{turnId}/input` when a Flowise agent asks a human. Left out or 0: the turn ends with the agent's question.",
    minimum: 0,
    maximum: MAX_INPUT_WAIT_SECONDS,
    example: 120,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_INPUT_WAIT_SECONDS)
  readonly inputWaitSeconds?: number;

  @ApiPropertyOptional({
    type: [String],
    description:
      'Members of `overrideConfig` that users may set. `vars` always may be, `sessionId` never, and nothing else unless it stands here.',
    example: ['temperature'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_OVERRIDES)
  @Matches(OVERRIDE, {
    each: true,
    message: 'each value in overrides must be the name of a member of overrideConfig, and not sessionId',
  })
  readonly overrides?: string[];

  @ApiPropertyOptional({ type: ChatflowUploadsDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowUploadsDto)
  readonly uploads?: ChatflowUploadsDto;

  @ApiPropertyOptional({
    enum: CLIENT_OPTIONS,
    enumName: 'ClientOption',
    isArray: true,
    description:
      'OpenAI-compatible: what clients may decide about the answer. What is not allowed is ignored and named in the header `X-Ignored-Options` if that does no harm, and refused with `unsupported_parameter` if it does. A client’s tools do not go together with `upstream.tools`.',
    example: ['response_format', 'temperature'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(CLIENT_OPTIONS.length)
  @IsIn(CLIENT_OPTIONS, { each: true })
  readonly clientOptions?: ClientOption[];

  @ApiPropertyOptional({
    type: ChatflowConcurrencyDto,
    description: 'Left out: as many turns as the instance runs.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowConcurrencyDto)
  readonly concurrency?: ChatflowConcurrencyDto;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_RETENTION_DAYS,
    description:
      'A session in which this chatflow was asked is erased so many days behind its last turn. Of several chatflows the shortest counts. Left out: sessions stay until their users delete them.',
    example: 90,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_RETENTION_DAYS)
  readonly retentionDays?: number;

  @ApiPropertyOptional({ type: ChatflowTitleDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChatflowTitleDto)
  readonly title?: ChatflowTitleDto;
}

/** The path of one chatflow. */
export class ChatflowParamsDto {
  @ApiProperty({ example: 'assistant', maxLength: 128, pattern: '^[A-Za-z0-9_.:-]{1,128}$' })
  @IsChatflowId()
  readonly id!: string;
}
