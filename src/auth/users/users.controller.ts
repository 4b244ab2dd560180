import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { pageOf } from '../../platform/http/page-of.js';
import { CurrentUser } from '../current-user.decorator.js';
import { Roles } from '../roles.decorator.js';
import { Scope } from '../scope.decorator.js';
import { PasswordResetDto } from '../passwords/passwords.dto.js';
import { PasswordResets } from '../passwords/password-resets.service.js';
import { SignInsService } from '../sign-ins/sign-ins.service.js';
import { ChangeUserDto, toUserDto, UserDetailsDto, UserDto, UserListDto } from './user.dto.js';
import { ListUsersQueryDto, UserParamsDto } from './users-query.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Users (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users')
@Roles('admin')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly signIns: SignInsService,
    private readonly resets: PasswordResets,
  ) {}

  @Get()
  @Scope('admin')
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'List users (admin)',
    description: 'Own accounts and those of an identity provider who have come, newest first.',
  })
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async list(@Query() query: ListUsersQueryDto): Promise<UserListDto> {
    const { email, role, disabled, tenant, after, limit } = query;
    const filter = {
      ...(email === undefined ? {} : { emailPrefix: email }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { isDisabled: disabled }),
      ...(tenant === undefined ? {} : { tenantId: tenant }),
    };
    const { users, next } = await this.users.list(filter, after, limit);
    return pageOf(users.map(toUserDto), next);
  }

  @Get(':userId')
  @Scope('admin')
  @ApiOperation({ operationId: 'getUser', summary: 'Read a user (admin)' })
  @ApiOkResponse({ type: UserDetailsDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  async get(@Param() { userId }: UserParamsDto): Promise<UserDetailsDto> {
    const user = await this.users.find(userId);
    return { ...toUserDto(user), ...(await this.users.identityOf(userId)) };
  }

  @Patch(':userId')
  @Scope('admin')
  @Audited({
    action: 'user.change',
    target: { kind: 'user', param: 'userId' },
    details: { disabled: 'disabled', roles: 'roles' },
  })
  @ApiExampleBody(ChangeUserDto, {
    'Make an admin': { roles: ['user', 'admin'] },
    Disable: { disabled: true },
    Enable: { disabled: false },
  })
  @ApiOperation({
    operationId: 'changeUser',
    summary: 'Change the roles of a user, disable or enable one (admin)',
    description:
      'What the body leaves out stays. A disabled user is refused everywhere: with a password, tokens and API keys alike, and answers that are being streamed end with `access_revoked`. Counts at once here, on other ' +
      'instances within a second, without the bus within ten. The last admin who is not disabled stays one: `conflict`.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'overloaded')
  async change(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParamsDto,
    @Body() body: ChangeUserDto,
  ): Promise<UserDto> {
    return toUserDto(await this.users.change(userId, body, admin.userId));
  }

  @Delete(':userId/sign-ins')
  @Scope('admin')
  @Audited({ action: 'user.sign-out', target: { kind: 'user', param: 'userId' } })
  @HttpCode(204)
  @ApiOperation({
    operationId: 'signUserOut',
    summary: 'Sign a user out everywhere (admin)',
    description:
      'Every token of before is refused: at once here, on other instances within a second, without the bus within ten. Of external users, tokens that ' +
      'their issuer makes from now on are good again. Answers that are being streamed end with `access_revoked`. API keys stay.',
  })
  @ApiNoContentResponse({ description: 'Signed out.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  signOut(@Param() { userId }: UserParamsDto): Promise<void> {
    return this.signIns.revokeAll(userId);
  }

  @Post(':userId/password-reset')
  @Scope('admin')
  @Audited({ action: 'user.reset-password', target: { kind: 'user', param: 'userId' } })
  @ApiOperation({
    operationId: 'allowPasswordReset',
    summary: 'Make a token with which a user can set a new password (admin)',
    description:
      'Hand it to the user, who sends it to `POST /auth/password-reset` within a day. One that was made before is good no more. `conflict` for external ' +
      'users.',
  })
  @ApiCreatedResponse({ type: PasswordResetDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'conflict')
  async allowReset(@Param() { userId }: UserParamsDto): Promise<PasswordResetDto> {
    const { token, expiresAt } = await this.resets.allow(userId);
    return { token, expiresAt: expiresAt.toISOString() };
  }
}
