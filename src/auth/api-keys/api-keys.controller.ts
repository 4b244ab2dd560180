import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
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
  ApiKeyDto,
  ApiKeyListDto,
  ChangeApiKeyDto,
  CreateApiKeyDto,
  CreatedApiKeyDto,
  DEFAULT_OVERLAP_SECONDS,
  RotateApiKeyDto,
  toApiKeyDto,
} from './api-key.dto.js';
import type { ApiKey } from './api-key.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { onlyPageOf } from '../../platform/http/page-of.js';
import { ForAccessTokens, Scope } from '../scope.decorator.js';

@ApiTags('Auth')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('auth/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Audited({
    action: 'api-key.create',
    makes: { kind: 'api-key', path: 'id' },
    details: { name: 'name', creditCap: 'creditCap' },
  })
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
    'With a cap': { name: 'nightly report', creditCap: 500 },
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
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'conflict', 'accounting_unavailable')
  async create(@CurrentUser() user: Principal, @Body() body: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const { key, apiKey } = await this.keys.create(user, {
      name: body.name,
      scopes: body.scopes ?? DEFAULT_SCOPES,
      ...(body.chatflowIds === undefined ? {} : { chatflowIds: body.chatflowIds }),
      ...(body.requestsPerMinute === undefined ? {} : { requestsPerMinute: body.requestsPerMinute }),
      ...(body.creditCap === undefined ? {} : { creditCap: body.creditCap }),
      ...(body.expiresAt ? { expiresAt: new Date(body.expiresAt) } : {}),
    });
    return { ...(await this.shown(user, apiKey)), key };
  }

  @Get()
  @Scope('read')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List your API keys, newest first' })
  @ApiOkResponse({ type: ApiKeyListDto })
  @ApiProblem('unauthenticated', 'accounting_unavailable')
  async list(@CurrentUser() user: Principal): Promise<ApiKeyListDto> {
    const keys = await this.keys.list(user.userId);
    const caps = await this.keys.capsOf(user.accountId, keys);
    return onlyPageOf(keys.map((key) => toApiKeyDto(key, caps.get(key.id))));
  }

  @Patch(':id')
  @Audited({
    action: 'api-key.change',
    target: { kind: 'api-key', param: 'id' },
    details: {
      name: 'name',
      creditCap: 'creditCap',
      requestsPerMinute: 'requestsPerMinute',
      chatflows: 'chatflowIds',
    },
  })
  @ForAccessTokens()
  @ApiExampleBody(ChangeApiKeyDto, {
    'Another cap': { creditCap: 1000 },
    'For one chatflow': { chatflowIds: ['assistant'], requestsPerMinute: 60 },
  })
  @ApiOperation({
    operationId: 'changeApiKey',
    summary: 'Change what an API key is limited to',
    description:
      'What is absent stays. Limits can be changed and not taken off: make another key for that. Counts at once here, within ten seconds on other instances; streams of chatflows that the key is not for any more end. Needs an access token.',
  })
  @ApiParam({ name: 'id', description: 'The `id` of the key, not the key.' })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'accounting_unavailable')
  async change(
    @CurrentUser() user: Principal,
    @Param('id') id: string,
    @Body() { name, chatflowIds, requestsPerMinute, creditCap }: ChangeApiKeyDto,
  ): Promise<ApiKeyDto> {
    const changed = await this.keys.change(user, id, {
      ...(name === undefined ? {} : { name }),
      ...(chatflowIds === undefined ? {} : { chatflowIds }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(creditCap === undefined ? {} : { creditCap }),
    });
    return this.shown(user, changed);
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
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'forbidden',
    'not_found',
    'conflict',
    'accounting_unavailable',
  )
  async rotate(
    @CurrentUser() user: Principal,
    @Param('id') id: string,
    @Body() { overlapSeconds = DEFAULT_OVERLAP_SECONDS }: RotateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const { key, apiKey } = await this.keys.rotate(user.userId, id, overlapSeconds * 1000);
    return { ...(await this.shown(user, apiKey)), key };
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
  @ApiProblem('unauthenticated', 'not_found', 'accounting_unavailable')
  revoke(@CurrentUser() user: Principal, @Param('id') id: string): Promise<void> {
    return this.keys.revoke(user, id);
  }

  private async shown(user: Principal, apiKey: ApiKey): Promise<ApiKeyDto> {
    return toApiKeyDto(apiKey, (await this.keys.capsOf(user.accountId, [apiKey])).get(apiKey.id));
  }
}
