import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { SearchService } from '../../search/search.service.js';
import { FoundSessionListDto, SearchQueryDto, toFoundListDto } from './search.dto.js';
import { Scope } from '../../../auth/scope.decorator.js';

@ApiTags('History')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('search')
export class SearchController {
  constructor(private readonly search: SearchService) {}

  @Get()
  @Scope('read')
  @ApiOperation({
    operationId: 'searchSessions',
    summary: 'Search in your titles and messages, newest first',
    description:
      'A turn is found some seconds after its end: when its question and its answer together have all words, or its session’s title has them. What belongs to one session stands together; a session comes again on a later page if it has older matches. Messages of all branches are found: `branch` with the message’s id lists the one that it lies on. Failed turns are not found, nor is what lies behind the first 2,000 different terms or 200,000 characters.',
  })
  @ApiOkResponse({ type: FoundSessionListDto })
  @ApiProblem('validation_failed', 'unauthenticated')
  async find(
    @CurrentUser() { userId }: Principal,
    @Query() { q, limit, after }: SearchQueryDto,
  ): Promise<FoundSessionListDto> {
    return toFoundListDto(await this.search.search(userId, q, limit, after));
  }
}
