import { Body, Controller, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../contract/principal.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { CurrentUser } from '../current-user.decorator.js';
import { Roles } from '../roles.decorator.js';
import { ChangeUserDto, toUserDto, UserDetailsDto, UserDto, UserListDto } from './user.dto.js';
import { ListUsersQueryDto, UserParamsDto } from './users-query.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Users (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users')
@Roles('admin')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiOperation({
    operationId: 'listUsers',
    summary: 'List users (admin)',
    description: 'Own accounts and those of an identity provider who have come, newest first.',
  })
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async list(@Query() { email, role, disabled, after, limit }: ListUsersQueryDto): Promise<UserListDto> {
    const filter = {
      ...(email === undefined ? {} : { emailPrefix: email }),
      ...(role === undefined ? {} : { role }),
      ...(disabled === undefined ? {} : { isDisabled: disabled }),
    };
    const { users, next } = await this.users.list(filter, after, limit);
    return { data: users.map(toUserDto), has_more: next !== undefined, next_cursor: next ?? null };
  }

  @Get(':id')
  @ApiOperation({ operationId: 'getUser', summary: 'Read a user (admin)' })
  @ApiOkResponse({ type: UserDetailsDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  async get(@Param() { id }: UserParamsDto): Promise<UserDetailsDto> {
    const user = await this.users.find(id);
    const subject = await this.users.subjectOf(id);
    return { ...toUserDto(user), ...(subject === undefined ? {} : { subject }) };
  }

  @Patch(':id')
  @ApiExampleBody(ChangeUserDto, {
    'Make an admin': { roles: ['user', 'admin'] },
    Disable: { disabled: true },
    Enable: { disabled: false },
  })
  @ApiOperation({
    operationId: 'changeUser',
    summary: 'Change the roles of a user, disable or enable one (admin)',
    description:
      'What the body leaves out stays. A disabled user is refused everywhere: with a password, tokens and API keys alike. Counts at once here, on other ' +
      'instances within a second, without the bus within ten. The last admin who is not disabled stays one: `conflict`.',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'conflict')
  async change(
    @CurrentUser() { userId }: Principal,
    @Param() { id }: UserParamsDto,
    @Body() body: ChangeUserDto,
  ): Promise<UserDto> {
    return toUserDto(await this.users.change(id, body, userId));
  }
}
