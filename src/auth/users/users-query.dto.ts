import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsNotEmpty, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { MAX_EMAIL_CHARACTERS } from '../../contract/account-bounds.js';
import { MAX_TENANT_CHARACTERS } from '../../contract/tenant.js';
import { ROLES, type Role } from '../../contract/principal.js';
import { IsWellFormed } from '../../platform/validation/well-formed.js';
import { NormaliseEmail } from '../accounts/normalise-email.decorator.js';
import { IsPageLimit } from '../../platform/validation/page-limit.js';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** Far more than any id of ours has. */
const MAX_ID_CHARACTERS = 255;

export class UserParamsDto {
  @ApiProperty({ description: "The user's id." })
  @IsString()
  @IsWellFormed()
  @Length(1, MAX_ID_CHARACTERS)
  readonly userId!: string;
}

export class ListUsersQueryDto {
  @IsPageLimit(DEFAULT_LIMIT, MAX_LIMIT)
  readonly limit: number = DEFAULT_LIMIT;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @IsOptional()
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_ID_CHARACTERS)
  readonly after?: string;

  @ApiPropertyOptional({ description: 'How the e-mail begins, without case.', example: 'ada' })
  @IsOptional()
  @NormaliseEmail()
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_EMAIL_CHARACTERS)
  readonly email?: string;

  @ApiPropertyOptional({ enum: ROLES, example: 'admin' })
  @IsOptional()
  @IsIn(ROLES)
  readonly role?: Role;

  @ApiPropertyOptional({ description: 'Only users of this tenant.', example: 'default' })
  @IsOptional()
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_TENANT_CHARACTERS)
  readonly tenant?: string;

  @ApiPropertyOptional({ type: Boolean, description: 'Only the disabled, or only the others.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean()
  readonly disabled?: boolean;
}
