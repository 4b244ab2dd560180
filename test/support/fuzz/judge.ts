import { ERROR_CODES } from '../../../src/contract/error-codes.js';
import { ERROR_CODE_HEADER } from '../../../src/platform/errors/sentence.js';
import { DocumentValidator } from '../openapi/document-validator.js';
import { operationsOf, type Answer, type NamedOperation, type OpenApi } from '../openapi/served-document.js';
import type { WireAnswer, WireRequest } from './wire.js';

/** What is not our fault, and said so. */
const FAULTS_OF_OTHERS = ['upstream_failed', 'upstream_unavailable', 'upstream_timeout'];
/** Less than what Node takes, because of what every client sends besides. */
const LARGE_HEAD_CHARACTERS = 14_000;

/** Holds answers against the document. */
export class Judge {
  private readonly validator: DocumentValidator;
  private readonly operations: readonly NamedOperation[];

  constructor(document: OpenApi) {
    this.validator = new DocumentValidator(document);
    this.operations = operationsOf(document);
  }

  /** @returns what is wrong with the answer; `undefined` when nothing is */
  complaint(request: WireRequest, answer: WireAnswer): string | undefined {
    const at = this.operations.filter(({ path }) => leadsTo(path, request.path));
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const asked = at.filter((one) => one.method === method);
    // A head alone has no code.
    const early =
      request.method === 'HEAD' && answer.status === 400 ? undefined : refusedAnywhere(request, answer);
    if (early !== undefined) return this.problem(answer, early);
    if (asked.length > 0) {
      const complaints = asked.map((one) => this.against(one, request.method, answer));
      return complaints.includes(undefined) ? undefined : complaints[0];
    }
    if (answer.status >= 500) return `${answer.status} where nothing is`;
    if (at.length === 0 || request.method === 'OPTIONS') return undefined;
    if (request.method === 'HEAD' && [400, 405].includes(answer.status)) return undefined;
    return answer.status === 405 && answer.headers.allow !== undefined
      ? this.problem(answer, ['method_not_allowed'])
      : `${answer.status} to a method that is not there`;
  }

  private against(
    { name, operation }: NamedOperation,
    method: string,
    answer: WireAnswer,
  ): string | undefined {
    const told = (what: string): string => `${name}: ${what}`;
    const { status, headers, body } = answer;
    const declared = operation.responses[status];
    if (declared === undefined) return told(`${status} ${codeOf(answer)} is not declared`);
    if (status >= 500 && !FAULTS_OF_OTHERS.includes(codeOf(answer)))
      return told(`${status} ${codeOf(answer)}`);
    if ([204, 304, 416].includes(status)) return body === '' ? undefined : told(`${status} with a body`);
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
    if (method === 'HEAD') return body === '' ? undefined : told('HEAD with a body');
    // A file is given as it was sent.
    if (declared.content?.['*/*'] !== undefined) return undefined;
    const schema = declared.content?.[type]?.schema;
    if (schema === undefined) return told(`${status} as ${type} is not declared`);
    if (status >= 400) {
      const wrong = this.problem(answer, declaredCodes(declared));
      if (wrong !== undefined) return told(wrong);
    }
    for (const value of valuesOf(type, body)) {
      if (value instanceof Error) return told(`${type} that is not one: ${value.message}`);
      const [complaint] = this.validator.complaints(schema, value);
      if (complaint !== undefined) return told(`${status} does not fit its schema: ${complaint}`);
    }
    return undefined;
  }

  private problem(answer: WireAnswer, codes: readonly string[]): string | undefined {
    const code = codeOf(answer);
    if (!(code in ERROR_CODES)) return `${answer.status} with the unknown code ${code}`;
    if (ERROR_CODES[code as keyof typeof ERROR_CODES].status !== answer.status)
      return `${answer.status} with the code ${code}`;
    return codes.includes(code) ? undefined : `the code ${code} of ${answer.status} is not declared`;
  }
}

/** The codes of what Node's parser and the router refuse before anybody knows what is asked; `undefined` when it is nothing of that kind. */
function refusedAnywhere(
  { path, headers, method }: WireRequest,
  { status }: WireAnswer,
): readonly string[] | undefined {
  if (!/^[!-~]*$/.test(path)) return ['validation_failed'];
  const head = Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + 9 * value.length,
    path.length,
  );
  if (status === 431 && head > LARGE_HEAD_CHARACTERS) return ['headers_too_large'];
  return status === 400 && method !== 'HEAD' && !isDecodable(path) ? ['validation_failed'] : undefined;
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path.split('?', 1)[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

/** The code of an error, whether it is a problem document or a sentence. */
export function codeOf({ headers, body }: WireAnswer): string {
  const named = headers[ERROR_CODE_HEADER.toLowerCase()];
  if (named !== undefined) return String(named);
  try {
    return String((JSON.parse(body) as { code?: unknown }).code);
  } catch {
    return 'none';
  }
}

function declaredCodes({ content = {} }: Answer): string[] {
  return Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples));
}

function valuesOf(type: string, body: string): unknown[] {
  // Lines of JSON are none as a whole.
  if (type === 'text/plain' || type === 'application/x-ndjson') return [body];
  const isStream = type === 'text/event-stream';
  const texts = isStream ? [...body.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => data) : [body];
  return texts.map((text) => {
    if (isStream && text === '[DONE]') return text;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      return error;
    }
  });
}

/** Whether the router takes a path for one of this pattern: case does not count, nor does a slash at the end. */
function leadsTo(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern, path.split(/[?#]/, 1)[0]?.replace(/(?<=.)\/$/, '') ?? ''].map((one) =>
    one.split('/'),
  );
  return (
    wanted !== undefined &&
    given?.length === wanted.length &&
    wanted.every((part, at) =>
      part.startsWith('{') ? given[at] !== '' : part.toLowerCase() === given[at]?.toLowerCase(),
    )
  );
}
