/** @jest-environment node */
import { jest } from '@jest/globals';
import { within } from './within.js';

describe('within', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends with the work and leaves no timer behind', async () => {
    await within(1000, Promise.resolve());
    await expect(within(1000, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits no longer than it may, whatever becomes of the work', async () => {
    let fail: ((error: Error) => void) | undefined;
    let isOver = false;
    const waiting = within(1000, new Promise((_, reject) => (fail = reject))).then(() => (isOver = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await waiting;
    fail?.(new Error('too late for anybody to care'));
  });
});
