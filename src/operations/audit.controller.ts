import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { AuditEntryStore } from '../audit/audit-entry.store.port.js';
import { AuditVerifier, MAX_ENTRIES_VERIFIED } from '../audit/audit-verification.service.js';
import { Roles } from '../auth/roles.decorator.js';
import { Scope } from '../auth/scope.decorator.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import {
  AuditChainQueryDto,
  AuditEntryListDto,
  AuditVerificationDto,
  ListAuditEntriesQueryDto,
  toAuditEntryDto,
} from './audit.dto.js';

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('audit')
@Roles('admin')
export class AuditController {
  constructor(
    private readonly entries: AuditEntryStore,
    private readonly verifier: AuditVerifier,
  ) {}

  @Get()
  @Scope('admin')
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'List who did what to whom, newest first (admin)',
    description:
      'Nothing that was said is in it. All pages together are the export: entries carry what their hashes are made of (docs/operating/audit.md).',
  })
  @ApiOkResponse({ type: AuditEntryListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async list(@Query() query: ListAuditEntriesQueryDto): Promise<AuditEntryListDto> {
    const { limit, after, ...filter } = query;
    const found = await this.entries.list(filter, limit + 1, after);
    const data = found.slice(0, limit).map(toAuditEntryDto);
    const has_more = found.length > limit;
    return { data, has_more, next_cursor: has_more ? (data.at(-1)?.id ?? null) : null };
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
  verify(@Query() { from }: AuditChainQueryDto): Promise<AuditVerificationDto> {
    return this.verifier.verify(from);
  }
}
