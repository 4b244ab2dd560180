import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import type { Attachment, AttachmentRef } from '../../records/attachment.js';
import { ID_MESSAGE, ID_PATTERN } from '../predict/predict.dto.js';

const MAX_NAME_CHARACTERS = 200;

export class UploadQueryDto {
  @ApiPropertyOptional({
    example: 'notes.txt',
    maxLength: MAX_NAME_CHARACTERS,
    description:
      'What the file is called, without a path; of a form the file’s own name counts. It gets the extension of its type if it ends otherwise.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_NAME_CHARACTERS)
  name?: string;

  @ApiPropertyOptional({
    description: 'A chatflow that it is for: what that would not take is refused at once.',
  })
  @IsOptional()
  @Matches(ID_PATTERN, { message: ID_MESSAGE })
  chatflowId?: string;
}

/** A file of a message. */
export class AttachmentRefDto {
  @ApiProperty({ example: '0199a1c2-5555-7abc-8def-000000000005' })
  id!: string;
  @ApiProperty({ example: 'notes.txt' })
  name!: string;
  @ApiProperty({ example: 'text/plain', description: 'MIME type.' })
  type!: string;
  @ApiProperty({ type: 'integer', example: 14 })
  bytes!: number;
}

export class AttachmentDto extends AttachmentRefDto {
  @ApiProperty({ example: '2026-11-21T10:00:00.000Z' })
  createdAt!: string;
  @ApiPropertyOptional({
    example: '2026-11-22T10:00:00.000Z',
    description: 'When it goes if no question takes it.',
  })
  expiresAt?: string;
}

export function toAttachmentRefDto({ id, name, type, bytes }: AttachmentRef): AttachmentRefDto {
  return { id, name, type, bytes };
}

export function toAttachmentDto(attachment: Attachment): AttachmentDto {
  const { createdAt, expiresAt } = attachment;
  return {
    ...toAttachmentRefDto(attachment),
    createdAt: createdAt.toISOString(),
    ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}
