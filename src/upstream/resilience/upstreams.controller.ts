import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../auth/roles.decorator.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { onlyPageOf } from '../../platform/http/page-of.js';
import { Circuits } from './circuits.service.js';
import { toCircuitDto, UpstreamCircuitListDto } from './upstreams.dto.js';
import { Scope } from '../../auth/scope.decorator.js';

/** How the upstreams fare, for admins. */
@ApiTags('Operations')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('upstreams')
@Roles('admin')
export class UpstreamsController {
  constructor(private readonly circuits: Circuits) {}

  @Get()
  @Scope('admin')
  @ApiOperation({
    operationId: 'listUpstreams',
    summary: 'See which upstreams are left alone (admin)',
    description:
      'The circuits of this instance: every server that it has asked, and the chatflows whose own flow has failed last. Each instance has its own.',
  })
  @ApiOkResponse({ type: UpstreamCircuitListDto })
  @ApiProblem('unauthenticated', 'forbidden')
  list(): UpstreamCircuitListDto {
    return onlyPageOf(this.circuits.list().map(toCircuitDto));
  }
}
