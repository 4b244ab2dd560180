import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** Where the next page of a list begins, as an answer says it: a text for the query's `after`, null on the last page. */
export function ApiNextCursor(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: String,
      nullable: true,
      example: null,
      description: 'Pass it as `after`; null on the last page.',
    }),
  );
}
