import { BodyBudget } from './body-budget.js';

const code = (expected: string) =>
  expect.objectContaining({ code: expected, retryAfterSeconds: expect.any(Number) });

describe('BodyBudget', () => {
  it('bounds what one address holds, and takes again what was given back', () => {
    const budget = new BodyBudget(1000, 100);
    const first = budget.open('a');
    const second = budget.open('a');
    first.take(60);
    expect(() => {
      second.take(41);
    }).toThrow(code('rate_limited'));
    second.take(40);
    budget.open('b').take(100);
    first.release();
    first.release();
    expect(budget.bytesInFlight).toBe(140);
    second.take(60);
  });

  it('bounds what all hold', () => {
    const budget = new BodyBudget(150, 100);
    const first = budget.open('a');
    const second = budget.open('b');
    first.take(100);
    expect(() => {
      second.take(51);
    }).toThrow(code('overloaded'));
    second.take(50);
    first.release();
    second.release();
    expect(budget.bytesInFlight).toBe(0);
  });
});
