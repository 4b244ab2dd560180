import type { OpenAPIObject } from '@nestjs/swagger';
import { ERROR_CODES, type ErrorCode } from '../../contract/error-codes.js';
import { SCOPES } from '../../contract/principal.js';
import { PROBLEM_CONTENT_TYPE } from '../errors/problem.js';
import { problemResponse } from './api-problem.js';
import { SCOPES_EXTENSION } from './scopes-extension.js';
import { showSentences, type SentencesOf } from './sentence-responses.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Operation['responses'][string];
type DescribedResponse = Exclude<NonNullable<Response>, { $ref: string }>;

/** In the order in which clients had better take them. */
const PREFERRED_SCHEMES = ['bearer', 'apiKey'];
const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * Adds what is true of every operation, so that no controller has to say it: `internal`, `storage_unavailable`, `unauthenticated` and `account_disabled` where credentials are needed, `insufficient_scope` where keys need scopes,
 * what reading a body can end with where there is one, what a path with parameters can be refused for; sentences in place of problems on the routes that have them.
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
  // Said aloud: an operation without `security` would inherit the document's. Generated clients take the first that is named.
  operation.security = [...(operation.security ?? [])].sort((a, b) => preference(a) - preference(b));
  operation.parameters = uniqueParameters(operation.parameters);
  operation.responses['500'] ??= toResponse('internal');
  // Whatever asks for credentials, or checks them, looks into the database.
  if (operation.security.length > 0 || operation.requestBody !== undefined)
    addProblem(operation.responses, 'storage_unavailable');
  // What a path says may be no text at all.
  if (operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'path'))
    operation.responses['400'] ??= toResponse('validation_failed');
  if (operation.requestBody !== undefined) {
    operation.responses['400'] ??= toResponse('validation_failed');
    operation.responses['408'] ??= toResponse('request_timeout');
    operation.responses['413'] ??= toResponse('payload_too_large');
    operation.responses['429'] ??= toResponse('rate_limited');
    operation.responses['503'] ??= toResponse('overloaded');
  }
  if (operation.security.length > 0) {
    operation.responses['401'] ??= toResponse('unauthenticated');
    addProblem(operation.responses, 'account_disabled');
  }
  // A key may have a rate of its own.
  if (operation.security.some((one) => 'apiKey' in one)) addProblem(operation.responses, 'rate_limited');
  if (limitsKeys(operation)) addProblem(operation.responses, 'insufficient_scope');
}

/** Whether some keys get through, and not all. */
function limitsKeys(operation: Operation): boolean {
  const scopes = (operation as Operation & { readonly [SCOPES_EXTENSION]?: readonly string[] })[
    SCOPES_EXTENSION
  ];
  return scopes !== undefined && scopes.length > 0 && scopes.length < SCOPES.length;
}

/** Adds one to the problems that its status may stand for already. */
function addProblem(responses: Operation['responses'], code: ErrorCode): void {
  const status = String(ERROR_CODES[code].status);
  const response = toResponse(code) as DescribedResponse;
  const declared = responses[status] as DescribedResponse | undefined;
  const problem = declared?.content?.[PROBLEM_CONTENT_TYPE];
  if (declared === undefined || problem === undefined) {
    responses[status] ??= response;
    return;
  }
  if (problem.examples !== undefined && code in problem.examples) return;
  const added = response.content?.[PROBLEM_CONTENT_TYPE];
  responses[status] = {
    ...declared,
    description: `${declared.description}\n\n${response.description}`,
    content: {
      ...declared.content,
      [PROBLEM_CONTENT_TYPE]: { ...problem, examples: { ...problem.examples, ...added?.examples } },
    },
  };
}

function preference(requirement: Readonly<Record<string, unknown>>): number {
  const at = PREFERRED_SCHEMES.findIndex((scheme) => scheme in requirement);
  return at < 0 ? PREFERRED_SCHEMES.length : at;
}

/** What a handler reads and what it describes by itself are two entries; the description comes first, and names of headers know no case. */
function uniqueParameters(parameters: Operation['parameters'] = []): Operation['parameters'] {
  const seen = new Map<string, (typeof parameters)[number]>();
  for (const parameter of parameters) {
    if (!('name' in parameter)) continue;
    const key = `${parameter.in} ${parameter.name.toLowerCase()}`;
    const known = seen.get(key);
    if (known === undefined || (!isDescribed(known) && isDescribed(parameter))) seen.set(key, parameter);
  }
  return [...seen.values()];
}

function isDescribed(parameter: object): boolean {
  return 'description' in parameter || 'example' in parameter;
}

function toResponse(code: ErrorCode): Response {
  const { status: _status, ...response } = problemResponse([code]);
  return response as Response;
}
