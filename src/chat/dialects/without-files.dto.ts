import { ApiHideProperty } from '@nestjs/swagger';
import { registerDecorator } from 'class-validator';

/** Nothing: absent, null, or an empty list. */
function IsAbsent(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isAbsent',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) =>
          value === undefined || value === null || (Array.isArray(value) && value.length === 0),
        defaultMessage: () => 'is not supported: this format takes no files',
      },
    });
}

/** A format that has no place for files. Whoever sends some all the same learns it: an answer that did not look at them would be a wrong one. */
export class WithoutFilesDto {
  @ApiHideProperty()
  @IsAbsent()
  files?: unknown;

  @ApiHideProperty()
  @IsAbsent()
  uploads?: unknown;

  @ApiHideProperty()
  @IsAbsent()
  attachments?: unknown;

  @ApiHideProperty()
  @IsAbsent()
  images?: unknown;
}
