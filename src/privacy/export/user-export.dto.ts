import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { MAX_DETAIL_CHARACTERS } from '../../audit/audit-details.js';
import { IsWellFormed } from '../../platform/validation/well-formed.js';

@ApiSchema({ name: 'UserExportRequest' })
export class UserExportRequestDto {
  @ApiProperty({
    description:
      'Kept in the audit log, where nothing is forgotten with the user: name the case, and not the person.',
    minLength: 1,
    maxLength: MAX_DETAIL_CHARACTERS,
    example: 'Request for access, ticket 4711',
  })
  @IsString()
  @IsWellFormed()
  @Length(1, MAX_DETAIL_CHARACTERS)
  // As the log counts: to others a character may be two, or a sequence be one.
  @Matches(new RegExp(`^[^]{1,${MAX_DETAIL_CHARACTERS}}$`), {
    message: `reason must not be longer than ${MAX_DETAIL_CHARACTERS} characters`,
  })
  @Matches(/\S/, { message: 'reason must not be blank' })
  readonly reason!: string;
}
