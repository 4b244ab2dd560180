import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsObject, ValidateNested } from 'class-validator';

/** A list of objects of this class. `@ValidateNested()` alone takes a list of lists of them for one as well. */
export function IsListOf(itemClass: () => new () => object): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(itemClass),
  );
}
