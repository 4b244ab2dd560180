import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { refuseDeepJson } from './json-depth.js';

const JSON_LIMIT_BYTES = 2 * 1024 * 1024;
const UPLOAD_LIMIT_BYTES = 10 * 1024 * 1024;
const JSON_TYPE = /^application\/(?:json|[\w.+-]+\+json)\s*(?:;|$)/i;

/**
 * Reads JSON bodies, and nothing else. Compressed bodies count with their inflated size.
 * @param uploadPaths paths (with everything below them) whose bodies may carry uploads and be that much larger
 */
export function useBodyParsers(app: NestExpressApplication, uploadPaths: readonly string[]): void {
  const mayUpload = (request: IncomingMessage): boolean => {
    const path = request.url?.split('?', 1)[0] ?? '';
    return uploadPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  };
  app.useBodyParser('json', {
    limit: UPLOAD_LIMIT_BYTES,
    type: (request: IncomingMessage) => isJson(request) && mayUpload(request),
  });
  app.useBodyParser('json', {
    limit: JSON_LIMIT_BYTES,
    type: (request: IncomingMessage) => isJson(request) && !mayUpload(request),
  });
  app.use(refuseDeepJson);
}

function isJson(request: IncomingMessage): boolean {
  return JSON_TYPE.test(request.headers['content-type'] ?? '');
}
