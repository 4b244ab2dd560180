import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsWellFormed } from '../../platform/validation/well-formed.js';

/** Providers put a few short claims into one. */
const MAX_LOGOUT_TOKEN_CHARACTERS = 12_000;

export const LOGOUT_TOKEN_EXAMPLE = 'eyJ0eXAiOiJsb2dvdXQrand0IiwiYWxnIjoiUlMyNTYifQ.EXAMPLE.EXAMPLE';

@ApiSchema({ name: 'BackchannelLogout' })
export class BackchannelLogoutDto {
  @ApiProperty({
    description: 'The JWT that OpenID Connect Back-Channel Logout 1.0 describes.',
    maxLength: MAX_LOGOUT_TOKEN_CHARACTERS,
    example: LOGOUT_TOKEN_EXAMPLE,
  })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_LOGOUT_TOKEN_CHARACTERS)
  readonly logout_token!: string;
}
