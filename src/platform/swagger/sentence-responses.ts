import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEM_CONTENT_TYPE, type ProblemDocument } from '../errors/problem.js';
import { ERROR_CODE_HEADER, ERROR_ID_HEADER, sentenceOf } from '../errors/sentence.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** On which routes errors are sentences. */
export type SentencesOf = (path: string) => 'always' | 'streaming' | 'never';

interface Described {
  headers?: Record<string, unknown>;
  content?: Record<
    string,
    { readonly schema?: unknown; readonly examples?: Record<string, { value: unknown }> }
  >;
}

const HEADERS = {
  [ERROR_CODE_HEADER]: {
    description: 'The code of the problem.',
    schema: { type: 'string', example: 'insufficient_credits' },
  },
  [ERROR_ID_HEADER]: {
    description: 'The same id stands in the server’s log.',
    schema: { type: 'string', example: '0199a1c2-2222-7abc-8def-000000000002' },
  },
};

/** Describes the errors of an operation as the sentences that they are there, beside the problems or in their place. */
export function showSentences(operation: Operation, sentences: ReturnType<SentencesOf>): void {
  if (sentences === 'never') return;
  for (const response of Object.values(operation.responses) as Described[]) {
    const problem = response.content?.[PROBLEM_CONTENT_TYPE];
    if (problem === undefined) continue;
    const examples = Object.entries(problem.examples ?? {}).map(([code, example]) => [
      code,
      { ...example, value: sentenceOf(example.value as ProblemDocument) },
    ]);
    const text = {
      schema: { type: 'string' },
      examples: Object.fromEntries(examples) as Record<string, { value: unknown }>,
    };
    response.headers = { ...response.headers, ...HEADERS };
    response.content = {
      ...(sentences === 'streaming' ? { [PROBLEM_CONTENT_TYPE]: problem } : {}),
      'text/plain': text,
    };
  }
}
