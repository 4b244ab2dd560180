/** @jest-environment node */
import { jest } from '@jest/globals';
import { Deadline } from './deadline.js';

describe('Deadline', () => {
  const deadline = new Deadline();
  let passed: string[];
  const set = (milliseconds: number, name: string) => deadline.set(milliseconds, () => passed.push(name));

  beforeEach(() => {
    jest.useFakeTimers();
    passed = [];
  });
  afterEach(() => {
    deadline.clear();
    jest.useRealTimers();
  });

  it('passes once, when its time is over', () => {
    set(1000, 'first');
    jest.advanceTimersByTime(999);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(passed).toEqual(['first']);
  });

  it('begins anew whenever it is put off, however often', () => {
    set(1000, 'first');
    for (let time = 0; time < 50; time++) {
      jest.advanceTimersByTime(700);
      deadline.putOff();
    }
    jest.advanceTimersByTime(999);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(passed).toEqual(['first']);
  });

  it('takes times that are too long for a timer', () => {
    const month = 31 * 24 * 3_600_000;
    set(month, 'first');
    jest.advanceTimersByTime(month - 1);
    expect(passed).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(passed).toEqual(['first']);
  });

  it('is replaced by the next, and put off no more once cleared', () => {
    set(1000, 'first');
    set(2000, 'second');
    jest.advanceTimersByTime(1500);
    expect(passed).toEqual([]);
    deadline.clear();
    deadline.putOff();
    jest.advanceTimersByTime(10_000);
    expect(passed).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
