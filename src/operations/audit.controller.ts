import { once } from 'node:events';
import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { AuditEntryStore } from '../audit/audit-entry.store.port.js';
import { AuditExport, MAX_ENTRIES_EXPORTED } from '../audit/audit-export.service.js';
import { Audited } from '../audit/audited.decorator.js';
import { CUT_DOWNLOAD, type CutDownload } from '../audit/cut-download.js';
import { AuditVerifier, MAX_ENTRIES_VERIFIED } from '../audit/audit-verification.service.js';
import { Roles } from '../auth/roles.decorator.js';
import { Scope } from '../auth/scope.decorator.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import { endWhenStalled } from '../platform/http/end-when-stalled.js';
import { pageOf } from '../platform/http/page-of.js';
import {
  anchorOf,
  AuditChainQueryDto,
  AuditEntryListDto,
  AuditVerificationDto,
  ListAuditEntriesQueryDto,
  toAuditEntryDto,
  VerifyAuditQueryDto,
} from './audit.dto.js';

const NDJSON = 'application/x-ndjson';

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('audit')
@Roles('admin')
export class AuditController {
  constructor(
    private readonly entries: AuditEntryStore,
    private readonly verifier: AuditVerifier,
    private readonly exports: AuditExport,
  ) {}

  @Get()
  @Scope('admin')
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'List who did what to whom, newest first (admin)',
    description:
      'Nothing that was said is in it. Entries carry what their hashes are made of (docs/operating/audit.md); `GET /audit/export` tells all of them.',
  })
  @ApiOkResponse({ type: AuditEntryListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async list(@Query() query: ListAuditEntriesQueryDto): Promise<AuditEntryListDto> {
    const { limit, after, ...filter } = query;
    const found = await this.entries.list(filter, limit + 1, after);
    const data = found.slice(0, limit).map(toAuditEntryDto);
    return pageOf(data, found.length > limit ? data.at(-1)?.id : undefined);
  }

  @Get('verification')
  @Scope('admin')
  @ApiOperation({
    operationId: 'verifyAuditEntries',
    summary: 'Walk the chain of the audit log (admin)',
    description: `Computes the hashes of up to ${MAX_ENTRIES_VERIFIED} entries anew and names the first that does not fit.`,
  })
  @ApiOkResponse({ type: AuditVerificationDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  verify(@Query() { from, anchor }: VerifyAuditQueryDto): Promise<AuditVerificationDto> {
    return this.verifier.verify(from, anchorOf(anchor));
  }

  @Get('export')
  @Scope('admin')
  @Audited({ action: 'audit.export', outcome: { cutOff: 'cutOff' } })
  @Header('Content-Type', NDJSON)
  @Header('Content-Disposition', 'attachment; filename="audit.ndjson"')
  @ApiOperation({
    operationId: 'exportAuditEntries',
    summary: 'Download the audit log (admin)',
    description: `One JSON object a line, each an \`AuditEntry\`, in the order of the chain: up to ${MAX_ENTRIES_EXPORTED} entries, and behind them a line with \`end\`, \`entries\`, \`next\` (to be sent as \`from\` for what comes behind; null at the end of the chain) and \`last\`; without that line the download broke off. \`npm run audit:verify -- --file audit.ndjson\` verifies it without a server.`,
  })
  @ApiOkResponse({
    description: 'Lines of JSON.',
    content: {
      [NDJSON]: {
        schema: { type: 'string' },
        example: '{"end":true,"entries":0,"next":null}\n',
      },
    },
  })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async export(
    @Query() { from }: AuditChainQueryDto,
    @Res() response: Response,
  ): Promise<CutDownload | undefined> {
    const isSent = new Promise<boolean>((resolve) => {
      response.once('finish', () => resolve(true)).once('close', () => resolve(false));
      // Of a client that has left already no event tells.
      if (response.destroyed) resolve(false);
    });
    endWhenStalled(response);
    // Written batch by batch: a long log is never held as a whole.
    for await (const lines of this.exports.lines(from)) {
      if (response.destroyed) break;
      if (!response.write(lines)) await Promise.race([once(response, 'drain'), isSent]);
    }
    response.end();
    return (await isSent) ? undefined : CUT_DOWNLOAD;
  }
}
