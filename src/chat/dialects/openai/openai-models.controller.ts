import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Model } from 'openai/resources/models';
import type { Principal } from '../../../contract/principal.js';
import { ChatflowFinder } from '../../../chatflows/chatflow-finder.service.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { ChatflowsService } from '../../../chatflows/chatflows.service.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { ModelDto, ModelListDto } from './openai.dto.js';
import { Scope } from '../../../auth/scope.decorator.js';

/** OpenAI's list has no pages. */
const MAX_MODELS = 10_000;

@ApiTags('OpenAI')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('v1/models')
export class OpenAiModelsController {
  constructor(
    private readonly chatflows: ChatflowsService,
    private readonly finder: ChatflowFinder,
  ) {}

  @Get()
  @Scope('chat', 'read')
  @ApiOperation({
    operationId: 'listModels',
    summary: 'The chatflows that you may use, as models',
    description: 'Without those that are disabled.',
  })
  @ApiOkResponse({ type: ModelListDto })
  @ApiProblem('unauthenticated')
  async list(@CurrentUser() principal: Principal): Promise<ModelListDto> {
    const { chatflows } = await this.chatflows.listFor(principal, undefined, MAX_MODELS);
    return { object: 'list', data: chatflows.filter(({ disabled }) => disabled !== true).map(toModel) };
  }

  @Get(':model')
  @Scope('chat', 'read')
  @ApiOperation({ operationId: 'getModel', summary: 'One chatflow as a model' })
  @ApiParam({ name: 'model', example: 'assistant' })
  @ApiOkResponse({ type: ModelDto })
  @ApiProblem('unauthenticated', 'chatflow_access_denied', 'chatflow_disabled', 'not_found')
  async find(@CurrentUser() principal: Principal, @Param('model') model: string): Promise<ModelDto> {
    return toModel(await this.finder.findToAsk(principal, model));
  }
}

function toModel({ id, createdAt }: Chatflow): ModelDto & Model {
  return { id, object: 'model', created: Math.floor(createdAt.getTime() / 1000), owned_by: 'tollgate' };
}
