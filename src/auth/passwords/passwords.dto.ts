import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsNotEmpty, IsString, Length, MaxLength } from 'class-validator';
import {
  MAX_EMAIL_CHARACTERS,
  MAX_PASSWORD_CHARACTERS,
  MIN_PASSWORD_CHARACTERS,
} from '../../contract/account-bounds.js';
import { NormaliseEmail } from '../accounts/normalise-email.decorator.js';
import { IsEmailAddress, IsWellFormed } from '../../platform/validation/well-formed.js';

const MAX_TOKEN_CHARACTERS = 256;
const RESET_TOKEN_EXAMPLE =
  '0199a1c2-5555-7abc-8def-000000000005.EXAMPLEonlyEXAMPLEonlyEXAMPLEonlyEXAMPLEonl';

class NewPasswordDto {
  @ApiProperty({
    format: 'password',
    example: 'battery staple of a correct horse',
    minLength: MIN_PASSWORD_CHARACTERS,
    maxLength: MAX_PASSWORD_CHARACTERS,
  })
  @IsString()
  @IsWellFormed()
  @Length(MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS)
  readonly new_password!: string;
}

@ApiSchema({ name: 'ChangePassword' })
export class ChangePasswordDto extends NewPasswordDto {
  @ApiProperty({
    description: 'The password of now.',
    format: 'password',
    example: 'correct horse battery staple',
    maxLength: MAX_PASSWORD_CHARACTERS,
  })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_PASSWORD_CHARACTERS)
  readonly current_password!: string;
}

@ApiSchema({ name: 'ResetPassword' })
export class ResetPasswordDto extends NewPasswordDto {
  @ApiProperty({
    description: 'What an administrator has handed out.',
    example: RESET_TOKEN_EXAMPLE,
    maxLength: MAX_TOKEN_CHARACTERS,
  })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_TOKEN_CHARACTERS)
  readonly token!: string;
}

@ApiSchema({ name: 'RequestPasswordReset' })
export class RequestPasswordResetDto {
  @ApiProperty({ format: 'email', example: 'ada@example.com', maxLength: MAX_EMAIL_CHARACTERS })
  @NormaliseEmail()
  @IsString()
  @IsEmailAddress()
  @MaxLength(MAX_EMAIL_CHARACTERS)
  readonly email!: string;
}

@ApiSchema({ name: 'PasswordResetRequested' })
export class PasswordResetRequestedDto {
  @ApiProperty({
    enum: [true],
    description: 'Says nothing about whether there is such an account.',
    example: true,
  })
  readonly accepted!: true;
}

@ApiSchema({ name: 'PasswordReset' })
export class PasswordResetDto {
  @ApiProperty({
    description: 'For `POST /auth/password-reset`, once. It is not kept and cannot be shown again.',
    example: RESET_TOKEN_EXAMPLE,
  })
  readonly token!: string;
  @ApiProperty({ format: 'date-time', example: '2026-02-01T12:00:00.000Z' })
  readonly expiresAt!: string;
}
