import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ArrayMinSize, IsArray, IsBoolean, IsIn, IsOptional } from 'class-validator';
import { ROLES, type Role } from '../../contract/principal.js';
import type { User } from '../accounts/user.js';
import { ApiNextCursor } from '../../platform/swagger/api-next-cursor.js';

const USER_KINDS = ['own', 'external'] as const;

@ApiSchema({ name: 'ChangeUser' })
export class ChangeUserDto {
  @ApiPropertyOptional({
    enum: ROLES,
    isArray: true,
    description: 'All of them. Only of own accounts: of the others the identity provider tells them.',
    example: ['user', 'admin'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @IsIn(ROLES, { each: true })
  readonly roles?: Role[];

  @ApiPropertyOptional({ description: 'A disabled user is refused everywhere.', example: true })
  @IsOptional()
  @IsBoolean()
  readonly disabled?: boolean;
}

@ApiSchema({ name: 'User' })
export class UserDto {
  @ApiProperty({ example: '0199a1c2-5555-7abc-8def-000000000005' })
  readonly id!: string;
  @ApiProperty({
    enum: USER_KINDS,
    description: '`own` signs in here with a password, `external` at the identity provider.',
    example: 'own',
  })
  readonly kind!: (typeof USER_KINDS)[number];
  @ApiPropertyOptional({ description: 'Of own accounts.', example: 'ada@example.com' })
  readonly email?: string;
  @ApiProperty({
    enum: ROLES,
    isArray: true,
    description: 'Empty for external users, whose tokens tell them.',
    example: ['user'],
  })
  readonly roles!: Role[];
  @ApiProperty({
    description:
      'The tenant that the user belongs to: `default`, unless the tokens of an identity provider name another.',
    example: 'default',
  })
  readonly tenantId!: string;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
  @ApiPropertyOptional({
    format: 'date-time',
    description: 'Since when the user is disabled.',
    example: '2026-02-28T12:00:00.000Z',
  })
  readonly disabledAt?: string;
  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When the user was last signed out everywhere.',
    example: '2026-02-28T12:00:00.000Z',
  })
  readonly signedOutAt?: string;
}

@ApiSchema({ name: 'UserDetails' })
export class UserDetailsDto extends UserDto {
  @ApiPropertyOptional({
    description: 'The identity provider of an external user.',
    example: 'https://id.example.com',
  })
  readonly issuer?: string;
  @ApiPropertyOptional({ description: 'What that provider calls the user.', example: 'ada' })
  readonly subject?: string;
}

@ApiSchema({ name: 'UserList' })
export class UserListDto {
  @ApiProperty({ type: [UserDto], description: 'Newest first.' })
  readonly data!: UserDto[];
  @ApiProperty({ example: false })
  readonly has_more!: boolean;
  @ApiNextCursor()
  readonly next_cursor!: string | null;
}

export function toUserDto(user: User): UserDto {
  const { id, email, roles, tenantId, createdAt, disabledAt, signedOutAt } = user;
  return {
    id,
    kind: email === undefined ? 'external' : 'own',
    ...(email === undefined ? {} : { email }),
    roles: [...roles],
    tenantId,
    createdAt: createdAt.toISOString(),
    ...(disabledAt === undefined ? {} : { disabledAt: disabledAt.toISOString() }),
    ...(signedOutAt === undefined ? {} : { signedOutAt: signedOutAt.toISOString() }),
  };
}
