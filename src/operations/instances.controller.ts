import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Roles } from '../auth/roles.decorator.js';
import { InstanceStore } from '../cluster/instance.store.port.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import { onlyPageOf } from '../platform/http/page-of.js';
import { InstanceListDto } from './instance.dto.js';
import { Scope } from '../auth/scope.decorator.js';

/** Instances in one answer; more than use one database. */
const MAX_INSTANCES_LISTED = 500;

@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('instances')
export class InstancesController {
  constructor(private readonly instances: InstanceStore) {}

  @Get()
  @Scope('admin')
  @Roles('admin')
  @ApiOperation({
    operationId: 'listInstances',
    summary: 'List the running instances (admin)',
    description: `The oldest first, at most ${MAX_INSTANCES_LISTED}; from the database, with or without Redis. One that was killed is listed for up to half a minute.`,
  })
  @ApiOkResponse({ type: InstanceListDto })
  @ApiProblem('unauthenticated', 'forbidden')
  async list(): Promise<InstanceListDto> {
    const found = await this.instances.list(MAX_INSTANCES_LISTED + 1);
    const data = found.slice(0, MAX_INSTANCES_LISTED).map(({ startedAt, seenAt, ...info }) => ({
      ...info,
      startedAt: startedAt.toISOString(),
      seenAt: seenAt.toISOString(),
    }));
    return onlyPageOf(data, found.length > MAX_INSTANCES_LISTED);
  }
}
