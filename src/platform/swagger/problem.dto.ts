import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ERROR_CODES, QUOTAS, type ErrorCode, type Quota } from '../../contract/error-codes.js';
import { SCOPES, type Scope } from '../../contract/principal.js';

/** One invalid field of a `validation_failed` problem. */
export class FieldErrorDto {
  @ApiProperty({ description: 'Path of the field as the request wrote it.', example: 'price.credits' })
  readonly field!: string;
  @ApiProperty({ example: 'must not be less than 1' })
  readonly message!: string;
}

/** How Swagger describes a problem document; `ProblemDocument` is what the code makes. */
@ApiSchema({
  name: 'Problem',
  description: 'RFC 9457 problem document. Switch on `code`; `detail` is for people and may change.',
})
export class ProblemDto {
  @ApiProperty({ example: 'urn:tollgate:problem:not_found' })
  readonly type!: string;
  @ApiProperty({ example: ERROR_CODES.not_found.title })
  readonly title!: string;
  @ApiProperty({ type: 'integer', example: 404 })
  readonly status!: number;
  @ApiProperty({ example: 'The session was not found.' })
  readonly detail!: string;
  @ApiProperty({
    description: 'Path of the request.',
    example: '/sessions/0199a1c2-1111-7abc-8def-000000000001',
  })
  readonly instance!: string;
  @ApiProperty({ enum: Object.keys(ERROR_CODES), enumName: 'ErrorCode', example: 'not_found' })
  readonly code!: ErrorCode;
  @ApiProperty({
    description: 'Names this very error in the log of the server: quote it when you report a problem.',
    example: '0199a1c2-2222-7abc-8def-000000000002',
  })
  readonly errorId!: string;
  @ApiPropertyOptional({ type: [FieldErrorDto], description: 'With `validation_failed`.' })
  readonly errors?: FieldErrorDto[];
  @ApiPropertyOptional({
    type: 'integer',
    description: 'With `insufficient_credits` and `insufficient_key_credits`: the price.',
  })
  readonly required?: number;
  @ApiPropertyOptional({
    type: 'integer',
    description:
      'With `insufficient_credits`: what is there; with `insufficient_key_credits`: what the key may still spend.',
  })
  readonly available?: number;
  @ApiPropertyOptional({ description: 'With `turn_in_progress`: the turn that runs.' })
  readonly turnId?: string;
  @ApiPropertyOptional({ type: 'integer', description: 'With `payload_too_large`.' })
  readonly limitBytes?: number;
  @ApiPropertyOptional({
    enum: SCOPES,
    isArray: true,
    description: 'With `insufficient_scope`: an API key needs one of these.',
  })
  readonly scopes?: Scope[];
  @ApiPropertyOptional({
    enum: QUOTAS,
    description: 'With `quota_exceeded`: what there is too much of.',
  })
  readonly quota?: Quota;
  @ApiPropertyOptional({ type: 'integer', description: 'With `quota_exceeded`: how much there may be.' })
  readonly limit?: number;
}
