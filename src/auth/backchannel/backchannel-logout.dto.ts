import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { IsWellFormed } from '../../platform/validation/well-formed.js';

const MAX_LOGOUT_TOKEN_CHARACTERS = 12_000;

@ApiSchema({ name: 'BackchannelLogout' })
export class BackchannelLogoutDto {
  @ApiProperty({
    description: 'The JWT that OpenID Connect Back-Channel Logout 1.0 describes.',
    maxLength: MAX_LOGOUT_TOKEN_CHARACTERS,
    example: 'eyJ0eXAiOiJsb2dvdXQrand0IiwiYWxnIjoiUlMyNTYifQ.EXAMPLE.EXAMPLE',
  })
  @IsString()
  @IsWellFormed()
  @IsNotEmpty()
  @MaxLength(MAX_LOGOUT_TOKEN_CHARACTERS)
  readonly logout_token!: string;
}
