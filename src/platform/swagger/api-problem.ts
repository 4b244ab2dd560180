import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath, type ApiResponseOptions } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../../contract/error-codes.js';
import { PROBLEM_CONTENT_TYPE } from '../errors/problem.js';
import { problemExample } from './problem-examples.js';
import { ProblemDto } from './problem.dto.js';

const RETRY_AFTER_HEADER = {
  description: 'Seconds after which a retry makes sense.',
  schema: { type: 'integer' as const, minimum: 0 },
};

/** The description of one status that answers with any of `codes`, which must all have that status. */
export function problemResponse(codes: readonly ErrorCode[]): ApiResponseOptions {
  const [first] = codes;
  if (first === undefined) throw new Error('A problem response needs at least one code.');
  const { status } = ERROR_CODES[first];
  return {
    status,
    description: codes.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join('\n\n'),
    ...(status === 429 || status === 503 ? { headers: { 'Retry-After': RETRY_AFTER_HEADER } } : {}),
    content: {
      [PROBLEM_CONTENT_TYPE]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(
          codes.map((code) => [code, { summary: ERROR_CODES[code].title, value: problemExample(code) }]),
        ),
      },
    },
  };
}

/**
 * Documents the problem+json answers of a handler or controller, one response per status with an example per code.
 * Name every code of a handler in one `@ApiProblem`: a second one replaces the statuses they share. `internal` everywhere, `storage_unavailable` and
 * `unauthenticated` on secured operations are added to the document by themselves.
 */
export function ApiProblem(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses = [...byStatus.values()].map((group) => ApiResponse(problemResponse(group)));
  return applyDecorators(ApiExtraModels(ProblemDto), ...responses);
}
