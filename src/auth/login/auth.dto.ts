import {
  MAX_EMAIL_CHARACTERS,
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
} from '../../contract/account-bounds.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { IsEmailAddress, IsWellFormed } from '../../platform/validation/well-formed.js';
import { NormaliseEmail } from '../accounts/normalise-email.decorator.js';

const MAX_REFRESH_TOKEN_CHARACTERS = 256;
export const REFRESH_TOKEN_EXAMPLE = 'q1w2e3r4t5y6u7i8o9p0aA.EXAMPLEonlyEXAMPLEonlyEXAMPLEonlyEXAMPLEonly';

@ApiSchema({ name: 'Register' })
export class RegisterDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: MAX_EMAIL_CHARACTERS })
  @NormaliseEmail()
  @IsString()
  @IsEmailAddress()
  @MaxLength(MAX_EMAIL_CHARACTERS)
  readonly email!: string;

  @ApiProperty({
    format: 'password',
    example: 'correct horse battery staple',
    minLength: MIN_PASSWORD_CHARACTERS,
    maxLength: MAX_PASSWORD_CHARACTERS,
  })
  @IsString()
  @IsWellFormed()
  @Length(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS)
  readonly password!: string;
}

/** Looser than registration: what no account can have is a wrong password, not a malformed request. */
@ApiSchema({ name: 'Login' })
export class LoginDto {
  @ApiProperty({ example: 'ada@example.com', maxLength: MAX_EMAIL_CHARACTERS })
  @NormaliseEmail()
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_EMAIL_CHARACTERS)
  readonly email!: string;

  @ApiProperty({
    format: 'password',
    example: 'correct horse battery staple',
    maxLength: MAX_PASSWORD_CHARACTERS,
  })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_PASSWORD_CHARACTERS)
  readonly password!: string;
}

@ApiSchema({ name: 'Refresh' })
export class RefreshDto {
  @ApiProperty({ example: REFRESH_TOKEN_EXAMPLE, maxLength: MAX_REFRESH_TOKEN_CHARACTERS })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_REFRESH_TOKEN_CHARACTERS)
  readonly refresh_token!: string;
}

@ApiSchema({ name: 'Logout' })
export class LogoutDto {
  @ApiPropertyOptional({
    description: 'Names the login to end when no access token is sent.',
    example: REFRESH_TOKEN_EXAMPLE,
    maxLength: MAX_REFRESH_TOKEN_CHARACTERS,
  })
  @IsOptional()
  @IsString()
  @IsWellFormed()
  @MaxLength(MAX_REFRESH_TOKEN_CHARACTERS)
  readonly refresh_token?: string;
}

@ApiSchema({ name: 'RegisteredUser' })
export class RegisteredUserDto {
  @ApiProperty({ example: '0199a1c2-5555-7abc-8def-000000000005' })
  readonly userId!: string;
  @ApiProperty({ example: 'ada@example.com' })
  readonly email!: string;
}

@ApiSchema({ name: 'TokenPair' })
export class TokenPairDto {
  @ApiProperty({
    description: 'JWT for `Authorization: Bearer`.',
    example: 'eyJhbGciOiJIUzI1NiJ9.EXAMPLE.EXAMPLE',
  })
  readonly access_token!: string;
  @ApiProperty({ description: 'Good for one `POST /auth/refresh`.', example: REFRESH_TOKEN_EXAMPLE })
  readonly refresh_token!: string;
  @ApiProperty({ enum: ['Bearer'], example: 'Bearer' })
  readonly token_type!: 'Bearer';
  @ApiProperty({ type: 'integer', description: 'Seconds until the access token expires.', example: 900 })
  readonly expires_in!: number;
}

@ApiSchema({ name: 'Me' })
export class MeDto {
  @ApiProperty({ example: '0199a1c2-5555-7abc-8def-000000000005' })
  readonly userId!: string;
  @ApiPropertyOptional({
    description: 'Absent when an external issuer does not tell it.',
    example: 'ada@example.com',
  })
  readonly email?: string;
  @ApiProperty({ type: [String], example: ['user'] })
  readonly roles!: string[];
}
