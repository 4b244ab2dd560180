import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { FINISH_REASONS, type FinishReason } from '../../../contract/chat-event.js';
import { HumanInputDto } from '../human-input.dto.js';
import { IsParentId } from '../parent-id.js';
import { IsSessionId } from '../session-id.js';
import type { Upload } from '../../../upstream/chat-provider.port.js';
import type { BroughtEntry } from '../../client-input/client-input.service.js';
import { attachmentAddress } from '../../client-input/attachment-address.js';
import { joinFiles, readFile, type AskedFile } from '../../client-input/asked-file.js';
import { IsListOf } from '../../../platform/validation/list-of.js';
import { ref } from '../../../platform/swagger/schemas.js';

/** Of a chatflow: it ends up in URLs, headers and log lines. */
export const ID_PATTERN = /^[A-Za-z0-9_.:-]{1,128}$/;
export const ID_MESSAGE = 'must be 1 to 128 letters, digits or _ . : -';
export const MAX_QUESTION_CHARACTERS = 100_000;
const MAX_HISTORY_ENTRIES = 500;
const MAX_UPLOADS = 20;
const MAX_ATTACHMENT_ID_CHARACTERS = 128;
const MAX_NAME_CHARACTERS = 512;

const HISTORY_ROLES = ['userMessage', 'apiMessage', 'user', 'assistant'] as const;
const UPLOAD_TYPES = ['file', 'file:full', 'file:rag', 'url', 'audio'] as const;

export class HistoryEntryDto {
  @ApiProperty({ enum: HISTORY_ROLES, example: 'userMessage' })
  @IsIn(HISTORY_ROLES)
  role!: (typeof HISTORY_ROLES)[number];

  @ApiProperty({ example: 'What did I ask before?' })
  @IsString()
  @MaxLength(MAX_QUESTION_CHARACTERS)
  content!: string;
}

export class UploadDto {
  @ApiPropertyOptional({
    enum: UPLOAD_TYPES,
    description: 'Left out: as the data is. An address is always `url`, and a data URL never.',
    example: 'file',
  })
  @IsOptional()
  @IsIn(UPLOAD_TYPES)
  type?: Upload['type'];

  @ApiPropertyOptional({
    description: 'A name without a path. It gets the extension of its type if it ends otherwise.',
    example: 'photo.png',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_CHARACTERS)
  name?: string;

  @ApiPropertyOptional({
    description: 'A file that was sent before (`POST /attachments`), in place of `data`.',
    example: '0199a1c2-5555-7abc-8def-000000000005',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_ATTACHMENT_ID_CHARACTERS)
  attachmentId?: string;

  @ApiPropertyOptional({
    description:
      'A data URL, or an http(s) address for the upstream to fetch, which must not lead into a private network unless the chatflow allows it.',
    example: 'data:image/png;base64,iVBORw0=',
  })
  @IsOptional()
  @IsString()
  data?: string;

  @ApiPropertyOptional({
    description: 'Left out: what the data URL, the name or the address says.',
    example: 'image/png',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_CHARACTERS)
  mime?: string;
}

/** @throws AppError `validation_failed` naming the upload */
export function toFiles(uploads: readonly UploadDto[]): readonly AskedFile[] {
  const files = uploads.map(({ type, name, data, mime, attachmentId }, index) =>
    attachmentId === undefined
      ? readFile({ data, name, mime, ...(type ? { type } : {}) }, `uploads.${index}`)
      : readFile({ data: attachmentAddress(attachmentId) }, `uploads.${index}`),
  );
  return joinFiles(files, 'uploads');
}

@ApiSchema({ name: 'PredictRequest' })
export class PredictDto {
  @ApiProperty({ example: 'assistant', description: 'The chatflow to ask.' })
  @Matches(ID_PATTERN, { message: ID_MESSAGE })
  chatflow_id!: string;

  @ApiProperty({ example: 'Add a task to buy milk', minLength: 1, maxLength: MAX_QUESTION_CHARACTERS })
  @IsString()
  @IsNotEmpty()
  @Matches(/\S/, { message: 'question must not be blank' })
  @MaxLength(MAX_QUESTION_CHARACTERS)
  question!: string;

  @ApiPropertyOptional({
    example: 'shopping',
    description: 'The session to go on with; a new one is made when it is left out.',
  })
  @IsOptional()
  @IsSessionId()
  sessionId?: string;

  @IsParentId()
  parentId?: string;

  @ApiPropertyOptional({
    type: [HistoryEntryDto],
    description: 'What was said before, for flows without a memory.',
  })
  @IsOptional()
  @ArrayMaxSize(MAX_HISTORY_ENTRIES)
  @IsListOf(() => HistoryEntryDto)
  history?: HistoryEntryDto[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { vars: { name: 'Ada' } },
    description:
      'For a Flowise flow: `vars`, and what else the chatflow allows; anything else is refused. `sessionId` is read as ours when the body has none, and never passed on.',
  })
  @IsOptional()
  @IsObject()
  overrideConfig?: Record<string, unknown>;

  @ApiPropertyOptional({ type: [UploadDto] })
  @IsOptional()
  @ArrayMaxSize(MAX_UPLOADS)
  @IsListOf(() => UploadDto)
  uploads?: UploadDto[];

  @ApiPropertyOptional({
    type: HumanInputDto,
    description:
      'Answers the question (`action`) with which the last turn of the session has ended: the flow goes on where it waits, and `question` is what the human is shown to have said. A turn of its own; 409 when nothing waits.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => HumanInputDto)
  humanInput?: HumanInputDto;
}

/** Flowise's names for the two sides of a conversation, as ours. */
export function toHistory(entries: readonly HistoryEntryDto[]): BroughtEntry[] {
  return entries.map(({ role, content }) => ({
    role: role === 'apiMessage' || role === 'assistant' ? 'assistant' : 'user',
    content,
  }));
}

export const ACTION_EXAMPLE = {
  id: '4f1a1a8e-5a40-4f0e-8a37-0d8d3a9c6b11',
  prompt: 'Agent waits for your decision.',
  choices: ['Proceed', 'Reject'],
};

export class PredictionDto {
  @ApiProperty({ example: 'I added “buy milk” as task 1.' })
  text!: string;
  @ApiProperty({ example: '0199a1c2-1111-7abc-8def-000000000001' })
  sessionId!: string;
  @ApiProperty({ example: '0199a1c2-3333-7abc-8def-000000000003' })
  turnId!: string;
  @ApiProperty({ example: '0199a1c2-4444-7abc-8def-000000000004' })
  messageId!: string;
  @ApiProperty({ example: 1, description: 'Credits charged for this turn.' })
  charged!: number;
  @ApiProperty({
    enum: FINISH_REASONS,
    enumName: 'FinishReason',
    example: 'stop',
  })
  finishReason!: FinishReason;
  @ApiPropertyOptional({
    type: 'array',
    items: ref('SourceDocument'),
    example: [{ pageContent: 'Milk is 3.5 % fat.', metadata: { source: 'milk.txt' } }],
  })
  sourceDocuments?: unknown[];
  @ApiPropertyOptional({
    type: 'array',
    items: ref('UsedTool'),
    example: [{ tool: 'add_task', toolInput: { title: 'buy milk' }, toolOutput: { number: 1 } }],
  })
  usedTools?: unknown[];
  @ApiPropertyOptional({
    allOf: [ref('Action')],
    example: ACTION_EXAMPLE,
  })
  action?: unknown;
}
