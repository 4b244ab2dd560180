import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { PROVIDER_NAMES, type ProviderName } from '../contract/provider.js';
import { CLIENT_OPTIONS, type ClientOption, type OnDisconnect } from './chatflow.js';
import { IsChatflowId } from './chatflow-id.js';
import {
  ChatflowAccessDto,
  ChatflowPriceDto,
  ON_DISCONNECT_SCHEMA,
  StopAfterSecondsDto,
} from './put-chatflow.dto.js';
import { ChunkingDto } from './chunking.dto.js';
import { ChatflowUpstreamDto } from './chatflow-upstream.dto.js';
import { ChatflowConcurrencyDto } from './chatflow-concurrency.dto.js';
import { ChatflowUploadsDto } from './chatflow-uploads.dto.js';
import { ChatflowTitleDto } from './chatflow-title.dto.js';
import { ChargeOnDto } from './charge-on.dto.js';
import { IsPageLimit } from '../platform/validation/page-limit.js';
import { ApiNextCursor } from '../platform/swagger/api-next-cursor.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100;

@ApiExtraModels(StopAfterSecondsDto)
@ApiSchema({ name: 'Chatflow' })
export class ChatflowDto {
  @ApiProperty({ example: 'support' })
  readonly id!: string;
  @ApiProperty({ example: 'Support desk' })
  readonly name!: string;
  @ApiProperty({ enum: PROVIDER_NAMES, enumName: 'ProviderName', example: 'flowise' })
  readonly provider!: ProviderName;
  @ApiProperty({ type: ChatflowPriceDto })
  readonly price!: ChatflowPriceDto;
  @ApiProperty({ type: 'integer', description: 'Counts up with every change.', example: 1 })
  readonly version!: number;
  @ApiProperty({
    description: 'Whether nothing can be asked of it for now: 403 `chatflow_disabled`.',
    example: false,
  })
  readonly disabled!: boolean;
  @ApiProperty(ON_DISCONNECT_SCHEMA)
  readonly onDisconnect!: OnDisconnect;
  @ApiProperty({ example: true })
  readonly chargeOnStop!: boolean;
  @ApiPropertyOptional({ type: ChargeOnDto })
  readonly chargeOn?: ChargeOnDto;
  @ApiPropertyOptional({ example: 'assistant' })
  readonly fallback?: string;
  @ApiPropertyOptional({ type: ChunkingDto })
  readonly chunking?: ChunkingDto;
  @ApiPropertyOptional({ type: 'integer', example: 120 })
  readonly inputWaitSeconds?: number;
  @ApiPropertyOptional({ type: [String], example: ['temperature'] })
  readonly overrides?: string[];
  @ApiPropertyOptional({ type: ChatflowUploadsDto })
  readonly uploads?: ChatflowUploadsDto;
  @ApiPropertyOptional({
    enum: CLIENT_OPTIONS,
    enumName: 'ClientOption',
    isArray: true,
    example: ['response_format'],
  })
  readonly clientOptions?: ClientOption[];
  @ApiPropertyOptional({ type: ChatflowConcurrencyDto })
  readonly concurrency?: ChatflowConcurrencyDto;
  @ApiPropertyOptional({
    type: 'integer',
    description: 'Days behind its last turn for which a session in which it was asked is kept.',
    example: 90,
  })
  readonly retentionDays?: number;
  @ApiPropertyOptional({ type: ChatflowTitleDto, description: 'Shown to admins only.' })
  readonly title?: ChatflowTitleDto;
  @ApiPropertyOptional({ type: ChatflowUpstreamDto, description: 'Shown to admins only.' })
  readonly upstream?: ChatflowUpstreamDto;
  @ApiPropertyOptional({ type: ChatflowAccessDto, description: 'Shown to admins only.' })
  readonly access?: ChatflowAccessDto;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:30:00.000Z' })
  readonly updatedAt!: string;
}

@ApiSchema({ name: 'ChatflowList' })
export class ChatflowListDto {
  @ApiProperty({ type: [ChatflowDto] })
  readonly data!: ChatflowDto[];
  @ApiProperty({ example: false })
  readonly has_more!: boolean;
  @ApiNextCursor()
  readonly next_cursor!: string | null;
}

export class ListChatflowsQueryDto {
  @IsPageLimit(DEFAULT_LIMIT, MAX_LIMIT)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsChatflowId()
  readonly after?: string;
}
