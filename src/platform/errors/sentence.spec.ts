import { errors } from './errors.js';
import { toProblem } from './problem.js';
import { sentenceOf } from './sentence.js';

describe('sentenceOf', () => {
  const say = (error: Parameters<typeof toProblem>[0]): string =>
    sentenceOf(toProblem(error, { errorId: 'e1', instance: '/' }));

  it('is what the problem says', () => {
    expect(say(errors.insufficientCredits(3, 1))).toBe('This costs 3 credits; 1 are available.');
  });

  it('names the first fields that are wrong', () => {
    const fields = ['a', 'b', 'c', 'd'].map((field) => ({ field, message: 'must be a string' }));
    expect(say(errors.validation(fields))).toBe(
      'The request has invalid fields: a must be a string; b must be a string; c must be a string.',
    );
  });

  it('says nothing twice', () => {
    const text = 'The body is not valid JSON.';
    expect(say(errors.validation([{ field: 'body', message: text }], text))).toBe(text);
  });

  it('gives the id of what nobody expected, which is all that helps to find it', () => {
    expect(say(errors.internal(new Error('secret')))).toBe('Something went wrong on our side. (e1)');
  });
});
