import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Audited } from '../audit/audited.decorator.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import { SCOPES, type Principal } from '../contract/principal.js';
import { Roles } from '../auth/roles.decorator.js';
import { ApiProblem } from '../platform/swagger/api-problem.js';
import { ChatflowDto, ChatflowListDto, ListChatflowsQueryDto } from './chatflow.dto.js';
import { toChatflowDto, toChatflowSettings } from './chatflow.mapper.js';
import { ChatflowFinder } from './chatflow-finder.service.js';
import { ChatflowsService } from './chatflows.service.js';
import { ChatflowParamsDto, PutChatflowDto } from './put-chatflow.dto.js';
import { ApiExampleBody } from '../platform/swagger/api-example-body.js';
import { pageOf } from '../platform/http/page-of.js';
import { Scope } from '../auth/scope.decorator.js';

/** Not the built-in one: whoever tries it out should lose nothing. */
const NEW_CHATFLOW_ID = { name: 'id', example: 'support' };
const PUT_CHATFLOW_BODIES = {
  'The built-in assistant': {
    name: 'Assistant',
    provider: 'assistant',
    price: { credits: 1 },
    access: { public: true },
  },
  'A flow of a Flowise server': {
    name: 'Support desk',
    provider: 'flowise',
    upstream: { flowId: '8f1c8c4e-1b1f-4a53-9d0e-3a2f3f0f6f11', baseUrl: 'https://flowise.example.com' },
    price: { credits: 2 },
    access: { roles: ['staff'] },
    onDisconnect: { stopAfterSeconds: 300 },
    overrides: ['temperature'],
    uploads: { types: ['image/*'] },
  },
  'A model': {
    name: 'Writer',
    provider: 'openai',
    upstream: { model: 'gpt-4o-mini', systemPrompt: 'You answer in one sentence.' },
    price: { credits: 3 },
    access: { public: true },
    clientOptions: ['response_format', 'temperature'],
  },
};

@ApiTags('Chatflows')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('chatflows')
export class ChatflowsController {
  constructor(
    private readonly chatflows: ChatflowsService,
    private readonly finder: ChatflowFinder,
  ) {}

  @Get()
  @Scope(...SCOPES)
  @ApiOperation({
    operationId: 'listChatflows',
    summary: 'List the chatflows you may use',
    description:
      'In the order of their ids, the disabled ones among them: what was asked of those can still be read.',
  })
  @ApiOkResponse({ type: ChatflowListDto })
  @ApiProblem('validation_failed', 'unauthenticated')
  async list(
    @CurrentUser() user: Principal,
    @Query() query: ListChatflowsQueryDto,
  ): Promise<ChatflowListDto> {
    const page = await this.chatflows.listFor(user, query.after, query.limit);
    return pageOf(
      page.chatflows.map((chatflow) => toChatflowDto(chatflow, user)),
      page.next,
    );
  }

  @Get(':id')
  @Scope(...SCOPES)
  @ApiOperation({ operationId: 'getChatflow', summary: 'Read a chatflow' })
  @ApiOkResponse({ type: ChatflowDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'chatflow_access_denied', 'not_found')
  async get(@CurrentUser() user: Principal, @Param() { id }: ChatflowParamsDto): Promise<ChatflowDto> {
    return toChatflowDto(await this.finder.findFor(user, id), user);
  }

  @Put(':id')
  @Audited({
    action: 'chatflow.put',
    target: { kind: 'chatflow', param: 'id' },
    details: {
      provider: 'provider',
      disabled: 'disabled',
      credits: 'price.credits',
      public: 'access.public',
      roles: 'access.roles',
    },
  })
  @Scope('admin')
  @ApiParam(NEW_CHATFLOW_ID)
  @Roles('admin')
  @ApiExampleBody(PutChatflowDto, PUT_CHATFLOW_BODIES)
  @ApiOperation({
    operationId: 'putChatflow',
    summary: 'Create or replace a chatflow (admin)',
    description:
      'Replaces all settings: what the body leaves out gets its default. Turns that run keep the price they began with. Those whose users may not use it any more, or all of them when it is disabled, end with `access_revoked`, and are settled as a stop is.',
  })
  @ApiOkResponse({ type: ChatflowDto, description: 'Replaced; `version` is one higher.' })
  @ApiCreatedResponse({ type: ChatflowDto, description: 'Created with `version` 1.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async put(
    @CurrentUser() user: Principal,
    @Param() { id }: ChatflowParamsDto,
    @Body() body: PutChatflowDto,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChatflowDto> {
    const chatflow = await this.chatflows.put(id, toChatflowSettings(body));
    response.status(chatflow.version === 1 ? 201 : 200);
    return toChatflowDto(chatflow, user);
  }

  @Delete(':id')
  @Audited({ action: 'chatflow.delete', target: { kind: 'chatflow', param: 'id' } })
  @Scope('admin')
  @ApiParam(NEW_CHATFLOW_ID)
  @Roles('admin')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteChatflow',
    summary: 'Remove a chatflow (admin)',
    description:
      'Running turns end with `access_revoked`, and are settled as a stop is. Chatflows that name it as their fallback have none from then on. The built-in `assistant` is made again at the next start.',
  })
  @ApiNoContentResponse({ description: 'Removed.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  remove(@Param() { id }: ChatflowParamsDto): Promise<void> {
    return this.chatflows.remove(id);
  }
}
