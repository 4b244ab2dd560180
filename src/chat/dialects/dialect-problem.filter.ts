import { Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AppError } from '../../platform/errors/app.error.js';
import { ERROR_CODES } from '../../contract/error-codes.js';
import { ProblemFilter } from '../../platform/errors/problem.filter.js';
import { wantsStream } from './flowise/flowise-request.js';
import { paramOf, shouldNotRetry, toOpenAiError } from './openai/openai-error.js';
import { sentencesOf } from './shown-errors.js';

/**
 * Problem documents that the clients of other systems understand too. It goes by the path, so that errors from before
 * any controller (an unreadable body, an unknown route) have their shape as well.
 */
@Catch()
export class DialectProblemFilter extends ProblemFilter {
  protected override isShown(request: Request): boolean {
    const sentences = sentencesOf(request.path);
    return sentences === 'always' || (sentences === 'streaming' && wantsStream(bodyOf(request)));
  }

  protected override foreignMembers(error: AppError, request: Request, response: Response): object {
    if (request.path.startsWith('/v1/')) {
      if (shouldNotRetry(error)) response.setHeader('x-should-retry', 'false');
      return { error: toOpenAiError(error.code, error.publicMessage, paramOf(error)) };
    }
    if (request.path.startsWith('/api/v1/')) {
      return {
        statusCode: ERROR_CODES[error.code].status,
        success: false,
        message: error.publicMessage,
      };
    }
    return {};
  }
}

/** Absent when it could not be read. */
function bodyOf({ body }: Request): { readonly streaming?: unknown } {
  return typeof body === 'object' && body !== null ? (body as { readonly streaming?: unknown }) : {};
}
