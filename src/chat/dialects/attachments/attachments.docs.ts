import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiResponse } from '@nestjs/swagger';

const BINARY = { type: 'string', format: 'binary' } as const;
const FILE_HEADERS = {
  ETag: { description: 'The file’s hash.', schema: { type: 'string' as const } },
  'Content-Disposition': {
    description: '`inline` for what may be shown, else `attachment`; with the file’s name.',
    schema: { type: 'string' as const },
  },
};

/** A file as it is, or in a form. */
export function ApiAttachmentBody(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/octet-stream', 'multipart/form-data'),
    ApiBody({ schema: BINARY, examples: { text: { value: 'Milk, and bread' } } }),
  );
}

export function ApiFileResponses(): MethodDecorator {
  // It has the type that it was sent with.
  const content = { '*/*': { schema: BINARY, example: 'Milk, and bread' } };
  return applyDecorators(
    ApiResponse({ status: 200, description: 'The file.', content, headers: FILE_HEADERS }),
    ApiResponse({ status: 206, description: 'The part that was asked for.', content, headers: FILE_HEADERS }),
    ApiResponse({ status: 304, description: 'You have it already.' }),
    ApiResponse({ status: 416, description: 'It has no such part.' }),
  );
}
