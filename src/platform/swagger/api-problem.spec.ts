import { ERROR_CODES, type ErrorCode } from '../../contract/error-codes.js';
import { ApiProblem, problemResponse } from './api-problem.js';
import { problemExample } from './problem-examples.js';

const RESPONSES = 'swagger/apiResponse';

describe('ApiProblem', () => {
  it('groups codes that share a status into one response with an example each', () => {
    class Controller {
      handle(): void {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Controller.prototype, 'handle') ?? {};
    ApiProblem('forbidden', 'not_found', 'chatflow_access_denied')(
      Controller.prototype,
      'handle',
      descriptor,
    );
    const responses = Reflect.getMetadata(RESPONSES, Controller.prototype.handle) as Record<
      string,
      { content: Record<string, { examples: object }> }
    >;
    expect(Object.keys(responses)).toEqual(['403', '404']);
    expect(Object.keys(responses['403']?.content['application/problem+json']?.examples ?? {})).toEqual([
      'forbidden',
      'chatflow_access_denied',
    ]);
  });

  it('announces Retry-After where the product sends it', () => {
    expect(problemResponse(['overloaded'])).toHaveProperty(['headers', 'Retry-After']);
    expect(problemResponse(['not_found'])).not.toHaveProperty('headers');
  });

  it('shows every code with its own status, title and urn', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(problemExample(code)).toMatchObject({
        code,
        status: ERROR_CODES[code].status,
        title: ERROR_CODES[code].title,
        type: `urn:tollgate:problem:${code}`,
      });
    }
  });
});
