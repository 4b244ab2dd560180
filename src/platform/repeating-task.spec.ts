import { jest } from '@jest/globals';
import { RepeatingTask } from './repeating-task.js';

describe('RepeatingTask', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('runs at once and then after each interval, with jitter', async () => {
    let runs = 0;
    const random = [0, 1][Symbol.iterator]();
    const task = new RepeatingTask(
      1000,
      () => {
        runs += 1;
        return Promise.resolve();
      },
      () => random.next().value ?? 0.5,
    );
    task.start();
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(749);
    expect(runs).toBe(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(2);
    await jest.advanceTimersByTimeAsync(1249);
    expect(runs).toBe(2);
    await jest.advanceTimersByTimeAsync(1);
    expect(runs).toBe(3);
    await task.stop();
  });

  it('waits for the run under way when it is stopped, and starts no other', async () => {
    let finish: (() => void) | undefined;
    let runs = 0;
    const task = new RepeatingTask(1000, () => {
      runs += 1;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    task.start();
    let stopped = false;
    const stopping = task.stop().then(() => {
      stopped = true;
    });
    await jest.advanceTimersByTimeAsync(5000);
    expect([runs, stopped]).toEqual([1, false]);
    finish?.();
    await stopping;
    await jest.advanceTimersByTimeAsync(5000);
    expect(runs).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
