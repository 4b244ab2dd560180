import { Catch } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { AppError } from '../../platform/errors/app-error.js';
import { ERROR_CODES } from '../../platform/errors/error-codes.js';
import { ProblemFilter } from '../../platform/errors/problem.filter.js';
import { paramOf, shouldNotRetry, toOpenAiError } from './openai/openai-error.js';

/**
 * Problem documents that the clients of other systems understand too. It goes by the path, so that errors from before
 * any controller (an unreadable body, an unknown route) have their shape as well.
 */
@Catch()
export class DialectProblemFilter extends ProblemFilter {
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
