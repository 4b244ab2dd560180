import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IncomingHttpHeaders } from 'node:http';
import busboy from 'busboy';
import { AppError } from '../../../platform/errors/app.error.js';
import { errors } from '../../../platform/errors/errors.js';
import { unreadable } from '../../../platform/http/body/unreadable.js';
import type { ArrivingFile } from '../../uploads/attachment-uploads.service.js';

/** Fields beside the file, which mean nothing here. */
const MAX_FIELDS = 10;
const MAX_FIELD_BYTES = 1024;

/**
 * Gives the one file of a form (`multipart/form-data`) to `take` while it arrives.
 * @param bytes of the form
 * @param maxBytes of the file
 * @throws AppError `validation_failed` for what is no form, or one without a file; `payload_too_large`; whatever `take` and `bytes` throw
 */
export async function takeFormFile<T>(
  headers: IncomingHttpHeaders,
  bytes: AsyncIterable<Buffer>,
  maxBytes: number,
  take: (file: ArrivingFile) => Promise<T>,
): Promise<T> {
  const form = formOf(headers, maxBytes);
  const source = Readable.from(bytes, { objectMode: false });
  let taken: Promise<T> | undefined;
  form.on('file', (_field, stream, { filename, mimeType }) => {
    const file = { name: filename, type: mimeType, length: undefined, bytes: piecesOf(stream, maxBytes) };
    // Whoever reads it is told; when nobody does, it would be nobody's.
    stream.on('error', () => undefined);
    taken = take(file);
    taken.catch((error: Error) => {
      source.destroy(error);
      // What has arrived already the form would keep, and wait for ever for somebody to read on.
      stream.resume();
    });
  });
  try {
    await pipeline(source, form);
  } catch (error) {
    await taken;
    throw error instanceof AppError ? error : unreadable('not whole');
  }
  if (taken === undefined) throw errors.validation([{ field: 'file', message: 'must be there' }]);
  return taken;
}

function formOf(headers: IncomingHttpHeaders, fileSize: number): busboy.Busboy {
  try {
    return busboy({
      headers,
      defParamCharset: 'utf8',
      limits: { files: 1, fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, parts: MAX_FIELDS + 1, fileSize },
    });
  } catch {
    throw errors.validation([{ field: 'body', message: 'must be a form with a boundary' }]);
  }
}

async function* piecesOf(
  stream: Readable & { readonly truncated?: boolean },
  maxBytes: number,
): AsyncGenerator<Buffer> {
  try {
    for await (const piece of stream) yield piece as Buffer;
  } catch (error) {
    throw error instanceof AppError ? error : unreadable('not whole');
  }
  if (stream.truncated === true) throw errors.payloadTooLarge(maxBytes);
}
