import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
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
import { Audited } from '../../audit/audited.decorator.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { CurrentUser } from '../current-user.decorator.js';
import { DEFAULT_SCOPES, type Principal } from '../../contract/principal.js';
import {
  ApiKeyListDto,
  CreateApiKeyDto,
  CreatedApiKeyDto,
  DEFAULT_OVERLAP_SECONDS,
  RotateApiKeyDto,
  toApiKeyDto,
} from './api-key.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ForAccessTokens, Scope } from '../scope.decorator.js';

@ApiTags('Auth')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('auth/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Audited({ action: 'api-key.create', makes: { kind: 'api-key', path: 'id' }, details: { name: 'name' } })
  @ForAccessTokens()
  @ApiExampleBody(CreateApiKeyDto, {
    'For good': { name: 'nightly report' },
    'Until then': { name: 'nightly report', expiresAt: '2099-12-31T23:59:59.000Z' },
    'For one chatflow': {
      name: 'a widget',
      scopes: ['chat'],
      chatflowIds: ['assistant'],
      requestsPerMinute: 60,
    },
    'Only to read': { name: 'nightly report', scopes: ['read'] },
  })
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Make an API key',
    description:
      'The answer shows the key once. Send it as `storm-api-key`, `x-api-key` or `Authorization: Bearer`. ' +
      'Needs an access token: an API key cannot make keys. Each operation names the scopes of which a key needs one as `x-scopes`; ' +
      '`admin` is given by admins alone, and never to keys of users who sign in elsewhere.',
  })
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'conflict')
  async create(@CurrentUser() user: Principal, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const { key, apiKey } = await this.keys.create(user, {
      name: body.name,
      scopes: body.scopes ?? DEFAULT_SCOPES,
      ...(body.chatflowIds === undefined ? {} : { chatflowIds: body.chatflowIds }),
      ...(body.requestsPerMinute === undefined ? {} : { requestsPerMinute: body.requestsPerMinute }),
      ...(body.expiresAt ? { expiresAt: new Date(body.expiresAt) } : {}),
    });
    return { ...toApiKeyDto(apiKey), key };
  }

  @Get()
  @Scope('read')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List your API keys, newest first' })
  @ApiOkResponse({ type: ApiKeyListDto })
  @ApiProblem('unauthenticated')
  async list(@CurrentUser() user: Principal): Promise<ApiKeyListDto> {
    const keys = await this.keys.list(user.userId);
    return { data: keys.map(toApiKeyDto), has_more: false, next_cursor: null };
  }

  @Post(':id/rotate')
  @Audited({ action: 'api-key.rotate', target: { kind: 'api-key', param: 'id' } })
  @HttpCode(200)
  @ForAccessTokens()
  @ApiExampleBody(RotateApiKeyDto, {
    'An hour for both': { overlapSeconds: 3600 },
    'At once': { overlapSeconds: 0 },
  })
  @ApiOperation({
    operationId: 'rotateApiKey',
    summary: 'Exchange an API key for a new one',
    description:
      'The answer shows the new key once; its id, scopes and everything else stay. The one until now is good as well for `overlapSeconds`; one that was rotated before is not any more. ' +
      'Without overlap the old key is refused at once here, within ten seconds on other instances. Needs an access token.',
  })
  @ApiParam({ name: 'id', description: 'The `id` of the key, not the key.' })
  @ApiOkResponse({ type: CreatedApiKeyDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'conflict')
  async rotate(
    @CurrentUser() user: Principal,
    @Param('id') id: string,
    @Body() { overlapSeconds = DEFAULT_OVERLAP_SECONDS }: RotateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const { key, apiKey } = await this.keys.rotate(user.userId, id, overlapSeconds * 1000);
    return { ...toApiKeyDto(apiKey), key };
  }

  @Delete(':id')
  @Audited({ action: 'api-key.revoke', target: { kind: 'api-key', param: 'id' } })
  @Scope('chat')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'Counts at once here, within ten seconds on other instances.',
  })
  @ApiParam({ name: 'id', description: 'The `id` of the key, not the key.' })
  @ApiNoContentResponse({ description: 'Revoked.' })
  @ApiProblem('unauthenticated', 'not_found')
  revoke(@CurrentUser() user: Principal, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(user.userId, id);
  }
}
