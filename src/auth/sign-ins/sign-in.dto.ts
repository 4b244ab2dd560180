import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsWellFormed } from '../../platform/validation/well-formed.js';
import type { RefreshTokenFamily } from '../tokens/refresh-token.store.port.js';

const MAX_ID_CHARACTERS = 255;

export class SignInParamsDto {
  @ApiProperty({ description: 'The `id` of the sign-in.' })
  @IsString()
  @IsWellFormed()
  @Length(1, MAX_ID_CHARACTERS)
  readonly signInId!: string;
}

@ApiSchema({ name: 'SignIn' })
export class SignInDto {
  @ApiProperty({ example: 'q1w2e3r4t5y6u7i8o9p0aA' })
  readonly id!: string;
  @ApiProperty({ description: 'Whether it is the one that asks.', example: true })
  readonly current!: boolean;
  @ApiPropertyOptional({
    description: 'What the client called itself when it signed in, cut to 200 characters.',
    example: 'Mozilla/5.0 (X11; Linux x86_64)',
  })
  readonly userAgent?: string;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T12:00:00.000Z' })
  readonly createdAt!: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When it last got an access token.',
    example: '2026-01-31T12:30:00.000Z',
  })
  readonly lastUsedAt!: string;
  @ApiProperty({
    format: 'date-time',
    description: 'When it ends unless it is used before.',
    example: '2026-03-02T12:30:00.000Z',
  })
  readonly expiresAt!: string;
}

@ApiSchema({ name: 'SignInList' })
export class SignInListDto {
  @ApiProperty({ type: [SignInDto], description: 'Newest first, at most 100.' })
  readonly data!: SignInDto[];
  @ApiProperty({ description: 'Whether there are older ones, which are not shown.', example: false })
  readonly has_more!: boolean;
  @ApiProperty({ type: String, nullable: true, example: null })
  readonly next_cursor!: string | null;
}

export function toSignInDto(family: RefreshTokenFamily, current: string | undefined): SignInDto {
  const { id, userAgent, createdAt, rotated, expiresAt } = family;
  return {
    id,
    current: id === current,
    ...(userAgent === undefined ? {} : { userAgent }),
    createdAt: createdAt.toISOString(),
    lastUsedAt: (rotated?.at ?? createdAt).toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
