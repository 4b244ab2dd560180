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
import { PROVIDER_NAMES, type ProviderName } from '../upstream/chat-provider.port.js';
import { CLIENT_OPTIONS, type ClientOption, type OnDisconnect } from './chatflow.js';
import { IsChatflowId } from './chatflow-id.js';
import { IsChunkWords } from './chunk-words.validator.js';
import { IsOnDisconnect, MAX_STOP_AFTER_SECONDS } from './on-disconnect.validator.js';
import { IsUpstreamUrl } from './upstream-url.validator.js';

const MAX_CREDITS = 1_000_000_000;
const MAX_NAME_CHARACTERS = 200;
const MAX_ID_CHARACTERS = 256;
const MAX_LISTED = 1000;
const MAX_PROMPT_CHARACTERS = 32_000;
const MAX_CHUNK_WORDS = 1000;
const MAX_CHUNK_CHARACTERS = 10_000;
const MAX_CHUNK_DELAY_MS = 5000;
const MAX_INPUT_WAIT_SECONDS = 3600;
const MAX_OVERRIDES = 100;
const MAX_TYPES = 100;
/** `sessionId` is never a user's to choose, and a name like `__proto__` is nobody's. */
const OVERRIDE = /^(?!sessionId$)[A-Za-z][A-Za-z0-9_-]{0,127}$/;
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/(?:\*|[a-z0-9!#$&^_.+-]{1,100})$/;

@ApiSchema({ name: 'ChatflowUpstream' })
export class ChatflowUpstreamDto {
  @ApiPropertyOptional({
    description: 'Flow of a Flowise server.',
    example: '8f1c8c4e-1b1f-4a53-9d0e-3a2f3f0f6f11',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly flowId?: string;

  @ApiPropertyOptional({
    description: "Instead of the provider's own address.",
    example: 'https://flowise.example.com',
  })
  @IsOptional()
  @IsUpstreamUrl()
  readonly baseUrl?: string;

  @ApiPropertyOptional({ description: "Instead of the provider's own model.", example: 'gpt-4o-mini' })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly model?: string;

  @ApiPropertyOptional({
    description: 'Document buckets of the Storm API.',
    type: [String],
    example: ['handbook'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_LISTED)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(MAX_ID_CHARACTERS, { each: true })
  readonly bucketIds?: string[];

  @ApiPropertyOptional({
    description: "OpenAI-compatible: whether the model may use the user's to-do list.",
    default: false,
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly tools?: boolean;

  @ApiPropertyOptional({
    description: 'OpenAI-compatible: what the model is told before the conversation.',
    maxLength: MAX_PROMPT_CHARACTERS,
    example: 'You answer questions about our handbook, in one sentence.',
  })
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_PROMPT_CHARACTERS)
  readonly systemPrompt?: string;
}

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

@ApiSchema({
  name: 'ChargeOn',
  description: 'What is paid for answers that are complete but not whole. What is left out is charged.',
})
export class ChargeOnDto {
  @ApiPropertyOptional({
    description: 'Whether an answer that reached the longest length of its model is charged.',
    default: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly length?: boolean;

  @ApiPropertyOptional({
    description: 'Whether an answer of which a content filter let only a part pass is charged.',
    default: true,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly 'content-filter'?: boolean;
}

@ApiSchema({
  name: 'ChunkDelays',
  description: 'Milliseconds between two pieces of some kind of content, where they are not `delayMs`.',
})
export class ChunkDelaysDto {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of blocks of code.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly code?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Of a model’s thoughts, which are shown whole without it.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly reasoning?: number;
}

@ApiSchema({
  name: 'Chunking',
  description:
    'How an answer that arrives whole is shown piece by piece: by `words`, by `characters`, or `adaptive`; one of them must be given.',
})
export class ChunkingDto {
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Words per piece.',
    minimum: 1,
    maximum: MAX_CHUNK_WORDS,
    example: 3,
  })
  @IsChunkWords(MAX_CHUNK_WORDS)
  readonly words?: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Characters per piece.',
    minimum: 1,
    maximum: MAX_CHUNK_CHARACTERS,
    example: 20,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_CHUNK_CHARACTERS)
  readonly characters?: number;

  @ApiPropertyOptional({
    description:
      'Pieces as the text has them: sentences (of long ones some words) and lines of code. A reader that lags gets several at once.',
    example: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly adaptive?: boolean;

  @ApiPropertyOptional({ type: ChunkDelaysDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ChunkDelaysDto)
  readonly delays?: ChunkDelaysDto;

  @ApiProperty({
    type: 'integer',
    description: 'Milliseconds between two pieces. A reader that is slower gets several at once.',
    minimum: 0,
    maximum: MAX_CHUNK_DELAY_MS,
    example: 30,
  })
  @IsInt()
  @Min(0)
  @Max(MAX_CHUNK_DELAY_MS)
  readonly delayMs!: number;
}

@ApiSchema({ name: 'ChatflowUploads', description: 'Which files users may send along.' })
export class ChatflowUploadsDto {
  @ApiPropertyOptional({
    type: [String],
    description:
      'MIME types, whole or as a family. Left out: all that the upstream takes; an empty list: no files.',
    example: ['image/*', 'application/pdf'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_TYPES)
  @Matches(MEDIA_TYPE, {
    each: true,
    message: 'each value in types must be a MIME type or a family like image/*',
  })
  readonly types?: string[];

  @ApiPropertyOptional({
    description:
      'Whether users may give addresses inside private networks for the upstream to fetch. They are refused otherwise.',
    default: false,
    example: false,
  })
  @IsOptional()
  @IsBoolean()
  readonly privateAddresses?: boolean;
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
}

/** The path of one chatflow. */
export class ChatflowParamsDto {
  @ApiProperty({ example: 'support', maxLength: 128, pattern: '^[A-Za-z0-9_.:-]{1,128}$' })
  @IsChatflowId()
  readonly id!: string;
}
