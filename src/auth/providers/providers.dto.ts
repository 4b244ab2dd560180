import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import type { IssuerConfig } from '../../config/app-config.js';

@ApiSchema({ name: 'SignInProvider' })
export class SignInProviderDto {
  @ApiProperty({ description: 'Short and stable.', example: 'corp' })
  readonly id!: string;
  @ApiProperty({ description: 'For people.', example: 'Example Corp' })
  readonly name!: string;
  @ApiProperty({
    description: 'Its discovery document is at `/.well-known/openid-configuration` below.',
    example: 'https://id.example.com/realms/corp',
  })
  readonly issuer!: string;
  @ApiPropertyOptional({
    description:
      'The public client for pages (Authorization Code with PKCE). Absent: pages offer no sign-in there.',
    example: 'tollgate-page',
  })
  readonly clientId?: string;
  @ApiPropertyOptional({
    description: 'The public client for terminals (device code). Absent: terminals offer no sign-in there.',
    example: 'tollgate-terminal',
  })
  readonly deviceClientId?: string;
  @ApiProperty({ type: [String], description: 'To be asked for.', example: ['openid', 'profile', 'email'] })
  readonly scopes!: string[];
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description:
      'To be sent along with requests for authorization and device codes, such as the `audience` of Auth0 or a `resource`. Absent: none.',
    example: { audience: 'https://chat.example.com' },
  })
  readonly parameters?: Record<string, string>;
}

@ApiSchema({ name: 'SignInProviderList' })
export class SignInProviderListDto {
  @ApiProperty({ description: 'Whether people sign in with `POST /auth/login`, too.', example: true })
  readonly ownAccounts!: boolean;
  @ApiProperty({ description: 'Whether anybody may `POST /auth/register`.', example: false })
  readonly registration!: boolean;
  @ApiProperty({
    description: 'Whether `POST /auth/password-reset-requests` sends links for forgotten passwords.',
    example: true,
  })
  readonly passwordReset!: boolean;
  @ApiProperty({ type: [SignInProviderDto], description: 'In the order of the settings.' })
  readonly data!: SignInProviderDto[];
}

export function toSignInProviderDto(issuer: IssuerConfig): SignInProviderDto {
  const { id, name, clientId, deviceClientId, scopes, parameters } = issuer;
  return {
    id,
    name,
    issuer: issuer.issuer,
    ...(clientId === undefined ? {} : { clientId }),
    ...(deviceClientId === undefined ? {} : { deviceClientId }),
    scopes: [...scopes],
    ...(Object.keys(parameters).length === 0 ? {} : { parameters: { ...parameters } }),
  };
}
