import type { OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/error-codes.js';
import { problemResponse } from './api-problem.js';
import { showSentences, type SentencesOf } from './sentence-responses.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Operation['responses'][string];

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * Adds what is true of every operation, so that no controller has to say it: `internal`, `unauthenticated` where credentials are needed,
 * `validation_failed` and `payload_too_large` where there is a body; sentences in place of problems on the routes that have them.
 */
export function completeDocument(document: OpenAPIObject, sentencesOf: SentencesOf): OpenAPIObject {
  for (const [name, path] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (operation === undefined) continue;
      completeOperation(operation);
      showSentences(operation, sentencesOf(name));
    }
  }
  return document;
}

function completeOperation(operation: Operation): void {
  // Said aloud: an operation without `security` would inherit the document's.
  operation.security ??= [];
  operation.responses['500'] ??= toResponse('internal');
  if (operation.requestBody !== undefined) {
    operation.responses['400'] ??= toResponse('validation_failed');
    operation.responses['413'] ??= toResponse('payload_too_large');
  }
  if (operation.security.length > 0) operation.responses['401'] ??= toResponse('unauthenticated');
}

function toResponse(code: ErrorCode): Response {
  const { status: _status, ...response } = problemResponse([code]);
  return response as Response;
}
