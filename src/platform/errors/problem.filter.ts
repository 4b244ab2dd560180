import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { newId } from '../ids.js';
import { toJson } from '../json/to-json.js';
import { PRIVATE_CACHE_CONTROL } from '../http/private-answers.js';
import { requestLog } from '../logging/request-log.js';
import { StructuredLog } from '../logging/structured-log.port.js';
import type { AppError } from './app.error.js';
import { classifyError } from './classify-error.js';
import type { Scope } from '../../contract/principal.js';
import { ERROR_CODES } from '../../contract/error-codes.js';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
import { ERROR_CODE_HEADER, ERROR_ID_HEADER, SENTENCE_CONTENT_TYPE, sentenceOf } from './sentence.js';

/** A path longer than this is cut in the problem document: nobody needs it, and it is the client's own text. */
const MAX_INSTANCE_CHARACTERS = 512;

/**
 * Answers every error that leaves a handler, guard, pipe or middleware with a problem document (or a sentence, where that is shown), and logs it
 * under the same `errorId`.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: StructuredLog) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = classifyError(thrown);
    const errorId = newId();
    logError(requestLog(request) ?? this.log, error, errorId);
    if (response.headersSent) {
      // The stream has its own way to tell errors; whatever still arrives here must not look like a clean end.
      response.destroy();
      return;
    }
    const instance = request.originalUrl.split('?', 1)[0]?.slice(0, MAX_INSTANCE_CHARACTERS) ?? '/';
    if (error.retryAfterSeconds !== undefined) {
      response.setHeader('Retry-After', String(Math.max(0, Math.ceil(error.retryAfterSeconds))));
    }
    const challenge = challengeOf(error);
    if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
    response.setHeader('Cache-Control', PRIVATE_CACHE_CONTROL);
    response.status(ERROR_CODES[error.code].status);
    const problem = toProblem(error, { errorId, instance });
    if (this.isShown(request)) {
      response.setHeader('Content-Type', SENTENCE_CONTENT_TYPE);
      response.setHeader(ERROR_CODE_HEADER, error.code);
      response.setHeader(ERROR_ID_HEADER, errorId);
      response.end(sentenceOf(problem));
      return;
    }
    response.setHeader('Content-Type', PROBLEM_CONTENT_TYPE);
    response.end(toJson({ ...this.foreignMembers(error, request, response), ...problem }));
  }

  /** Whether the client shows the body as it is, so that it must be a sentence. */
  protected isShown(_request: Request): boolean {
    return false;
  }

  /** What clients of other systems look for in an error besides the problem's own members; may set headers. */
  protected foreignMembers(_error: AppError, _request: Request, _response: Response): object {
    return {};
  }
}

/** What credentials would do, as RFC 6750, section 3, has it. */
function challengeOf({ code, details }: AppError): string | undefined {
  if (code === 'unauthenticated') return 'Bearer';
  if (code !== 'insufficient_scope') return undefined;
  // A list there means all of them: the first of those that would do.
  const [scope] = details.scopes as readonly Scope[];
  return `Bearer error="insufficient_scope", scope="${scope}"`;
}

function logError(log: StructuredLog, error: AppError, errorId: string): void {
  const fields = { errorId, code: error.code };
  if (error.kind === 'unexpected') log.error({ ...fields, err: error.cause ?? error }, 'unexpected error');
  else if (error.kind === 'operational') log.warn({ ...fields, err: error.cause }, error.publicMessage);
  else log.info(fields, error.publicMessage);
}
