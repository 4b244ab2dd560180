import {
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { classifyError } from './classify-error.js';
import { errors } from './errors.js';

const SECRET = 'SELECT * FROM /etc/passwd';

function httpError(status: number, fields: object = {}): Error {
  return Object.assign(new Error(SECRET), { status, statusCode: status, expose: true, ...fields });
}

describe('classifyError', () => {
  it('passes our own errors on as they are', () => {
    const error = errors.turnInProgress('t1');
    expect(classifyError(error)).toBe(error);
  });

  it.each([
    ['a missing route', new NotFoundException(SECRET), 'not_found'],
    ['a wrong method', new HttpException(SECRET, 405), 'not_found'],
    ['a guard that refuses', new ForbiddenException(SECRET), 'forbidden'],
    ['a guard that knows nobody', new UnauthorizedException(SECRET), 'unauthenticated'],
    ['an odd client error', new HttpException(SECRET, 418), 'validation_failed'],
    ['a server error of the framework', new InternalServerErrorException(SECRET), 'internal'],
    ['an odd error of middleware as Nest wraps it', wrap(httpError(415)), 'validation_failed'],
    ['a bug', new TypeError(SECRET), 'internal'],
    ['a thrown string', SECRET, 'internal'],
    ['nothing at all', undefined, 'internal'],
  ])('maps %s and hides its message', (_name, thrown, code) => {
    const error = classifyError(thrown);
    expect(error.code).toBe(code);
    expect(JSON.stringify([error.publicMessage, error.details])).not.toContain(SECRET);
  });

  it('keeps what really happened for the log', () => {
    const bug = new TypeError(SECRET);
    expect(classifyError(bug).cause).toBe(bug);
  });
});

function wrap(cause: Error): HttpException {
  return new HttpException(SECRET, (cause as unknown as { status: number }).status, { cause });
}
