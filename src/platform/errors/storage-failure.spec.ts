import { classifyError } from './classify-error.js';
import { isStorageFailure } from './storage-failure.js';

const named = (name: string, fields: object = {}, message = 'x') =>
  Object.assign(new Error(message), { name, ...fields });

describe('a failure of the storage', () => {
  it.each([
    ['no server', named('MongoServerSelectionError')],
    ['a lost connection', named('MongoNetworkError')],
    ['a cleared pool', named('MongoPoolClearedError')],
    ['a connection that was given up', named('PoolClearedOnNetworkError')],
    ['a full disk', named('MongoServerError', { code: 14031 })],
    ['a full disk, of many writes', named('MongoBulkWriteError', { code: 14031 })],
    ['a disk that failed', named('MongoServerError', { code: 39 })],
    ['a new primary', named('MongoServerError', { code: 10107 })],
    [
      'a call that waited for the connection',
      named('MongooseError', {}, 'Operation `a.b()` buffering timed out after 9ms'),
    ],
    ['one below another', new Error('outer', { cause: named('MongoNetworkError') })],
  ])('is %s', (_, error) => {
    expect(isStorageFailure(error)).toBe(true);
    const told = classifyError(error);
    expect([told.code, told.retryable, told.retryAfterSeconds]).toEqual(['storage_unavailable', true, 5]);
  });

  it.each([
    ['a bug', new TypeError('x')],
    ['a duplicate', named('MongoServerError', { code: 11000 })],
    ['a bad query', named('MongoServerError', { code: 2 })],
    ['a number of another system', named('SystemError', { code: 39 })],
    ['an odd call of mongoose', named('MongooseError', {}, 'Model.find() no longer accepts a callback')],
    ['nothing', undefined],
  ])('is not %s', (_, error) => {
    expect(isStorageFailure(error)).toBe(false);
    expect(classifyError(error).code).toBe('internal');
  });

  it('is looked for no deeper than errors go', () => {
    const circular = new Error('a');
    circular.cause = circular;
    expect(isStorageFailure(circular)).toBe(false);
  });
});
