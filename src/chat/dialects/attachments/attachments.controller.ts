import { Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import { AppConfig } from '../../../config/app-config.js';
import type { Principal } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import { takeRawBody } from '../../../platform/http/body/raw-body.js';
import { ReadsBody } from '../../../platform/http/raw-body.decorator.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import type { Attachment } from '../../records/attachment.js';
import { AttachmentStore } from '../../records/attachment.store.port.js';
import { AttachmentUploads } from '../../uploads/attachment-uploads.service.js';
import { ApiAttachmentBody, ApiFileResponses } from './attachments.docs.js';
import { AttachmentDto, toAttachmentDto, UploadQueryDto } from './attachments.dto.js';
import { takeFormFile } from './form-file.js';
import { serveAttachment } from './serve-attachment.js';
import { Scope } from '../../../auth/scope.decorator.js';

/** What a form has around its file. */
const FORM_OVERHEAD_BYTES = 64 * 1024;
const FORM_TYPE = /^multipart\/form-data\s*;/i;
const ATTACHMENT_ID = { name: 'attachmentId', description: 'As the upload has said it, or the message.' };

@ApiTags('Attachments')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('attachments')
export class AttachmentsController {
  constructor(
    private readonly config: AppConfig,
    private readonly store: AttachmentStore,
    private readonly uploads: AttachmentUploads,
  ) {}

  @Post()
  @Scope('chat')
  @ReadsBody()
  @ApiOperation({
    operationId: 'uploadAttachment',
    summary: 'Send a file before the question that it belongs to',
    description:
      'The file itself with its `Content-Type`, or a form with one file. The question then names it (`uploads: [{"attachmentId": …}]`, or `attachment:ID` where a format has an address). What no question takes goes after a day.',
  })
  @ApiAttachmentBody()
  @ApiCreatedResponse({ type: AttachmentDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'chatflow_access_denied',
    'chatflow_disabled',
    'not_found',
    'conflict',
    'quota_exceeded',
    'payload_too_large',
  )
  async upload(
    @CurrentUser() principal: Principal,
    @Query() { name, chatflowId }: UploadQueryDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AttachmentDto> {
    const maxBytes = this.config.limits.maxAttachmentBytes;
    const { headers } = request;
    const type = headers['content-type'];
    const isForm = FORM_TYPE.test(type ?? '');
    const attachment = await takeRawBody(
      request,
      response,
      isForm ? maxBytes + FORM_OVERHEAD_BYTES : maxBytes,
      (bytes) =>
        isForm
          ? takeFormFile(headers, bytes, maxBytes, (file) =>
              this.uploads.take(principal, { ...file, name: file.name ?? name }, chatflowId),
            )
          : this.uploads.take(principal, { name, type, length: lengthOf(request), bytes }, chatflowId),
    );
    return toAttachmentDto(attachment);
  }

  @Get(':attachmentId')
  @Scope('read')
  @ApiOperation({
    operationId: 'getAttachment',
    summary: 'Download a file that you have sent',
    description:
      'Images of pixels, PDF and plain text may be shown where they are opened; everything else is a download. Nothing in it is carried out.',
  })
  @ApiParam(ATTACHMENT_ID)
  @ApiHeader({ name: 'Range', required: false, description: 'One part of the file: `bytes=0-99`.' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of what you have.' })
  @ApiFileResponses()
  @ApiProblem('unauthenticated', 'not_found')
  async download(
    @CurrentUser() { userId }: Principal,
    @Param('attachmentId') id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const attachment = await this.find(userId, id);
    await serveAttachment(request, response, attachment, ({ start, end }) =>
      this.store.read(attachment, start, end),
    );
  }

  @Delete(':attachmentId')
  @Scope('chat')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteAttachment',
    summary: 'Delete a file that no question has taken',
    description: 'One that a question has taken goes with its session.',
  })
  @ApiParam(ATTACHMENT_ID)
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblem('unauthenticated', 'not_found', 'conflict')
  async delete(@CurrentUser() { userId }: Principal, @Param('attachmentId') id: string): Promise<void> {
    const attachment = await this.find(userId, id);
    if (await this.store.removeFree(attachment)) return;
    throw errors.conflict('A question has taken this file: it goes with its session.');
  }

  private async find(userId: string, id: string): Promise<Attachment> {
    const [attachment] = await this.store.find(userId, [id]);
    if (attachment === undefined) throw errors.notFound('The attachment');
    return attachment;
  }
}

function lengthOf({ headers }: Request): number | undefined {
  const { 'content-length': length } = headers;
  return length === undefined ? undefined : Number(length);
}
