/** @jest-environment node */
import { jest } from '@jest/globals';
import { BEAT, RepeatingTask, type Rhythm } from './repeating-task.js';

const EVEN: Rhythm = { jitter: 0 };

/** A task whose runs take as long as the test says, and when they began, in milliseconds since the start of the test. */
function taskOf(intervalMs: number | (() => number), rhythm?: Rhythm, takesMs = () => 0) {
  const begunAt: number[] = [];
  const beginning = performance.now();
  const task = new RepeatingTask(
    intervalMs,
    async () => {
      begunAt.push(performance.now() - beginning);
      const duration = takesMs();
      if (duration > 0) await new Promise((resolve) => setTimeout(resolve, duration));
    },
    rhythm,
  );
  return { task, begunAt };
}

describe('RepeatingTask', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('runs at once and then after each interval, with jitter', async () => {
    const random = [0, 1, 0.5][Symbol.iterator]();
    const { task, begunAt } = taskOf(1000, { random: () => random.next().value ?? 0.5 });
    task.start();
    expect(begunAt).toEqual([0]);
    await jest.advanceTimersByTimeAsync(3000);
    expect(begunAt).toEqual([0, 750, 2000, 3000]);
    await task.stop();
  });

  it('counts the interval from the end of a run', async () => {
    const { task, begunAt } = taskOf(1000, EVEN, () => 300);
    task.start();
    await jest.advanceTimersByTimeAsync(2700);
    expect(begunAt).toEqual([0, 1300, 2600]);
    await jest.advanceTimersByTimeAsync(300);
    await task.stop();
  });

  it('or from its beginning, after an interval for the first time, and never runs twice at once', async () => {
    const durations = [300, 2500, 0][Symbol.iterator]();
    const { task, begunAt } = taskOf(1000, BEAT, () => durations.next().value ?? 0);
    task.start();
    await jest.advanceTimersByTimeAsync(6000);
    // The second takes longer than an interval: the third comes as soon after it as a timer can.
    expect(begunAt).toEqual([1000, 2000, 4501, 5501]);
    await task.stop();
  });

  it('asks before each run how long the interval is', async () => {
    const intervals = [100, 200, 300][Symbol.iterator]();
    const { task, begunAt } = taskOf(() => intervals.next().value ?? 1000, EVEN);
    task.start();
    await jest.advanceTimersByTimeAsync(1000);
    expect(begunAt).toEqual([0, 100, 300, 600]);
    await task.stop();
  });

  it('waits for the run under way when it is stopped, and starts no other', async () => {
    const { task, begunAt } = taskOf(1000, EVEN, () => 5000);
    task.start();
    let stopped = false;
    const stopping = task.stop().then(() => {
      stopped = true;
    });
    await jest.advanceTimersByTimeAsync(4999);
    expect(stopped).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await stopping;
    await jest.advanceTimersByTimeAsync(5000);
    expect(begunAt).toEqual([0]);
  });

  it('is started once, and again after it was stopped', async () => {
    const { task, begunAt } = taskOf(1000, EVEN);
    task.start();
    task.start();
    await jest.advanceTimersByTimeAsync(1000);
    await task.stop();
    await jest.advanceTimersByTimeAsync(5000);
    task.start();
    await jest.advanceTimersByTimeAsync(1000);
    expect(begunAt).toEqual([0, 1000, 6000, 7000]);
    await task.stop();
  });

  it('goes on when it is started again during the run after which it was to stop', async () => {
    const { task, begunAt } = taskOf(1000, EVEN, () => 500);
    task.start();
    const stopping = task.stop();
    task.start();
    await jest.advanceTimersByTimeAsync(500);
    await stopping;
    await jest.advanceTimersByTimeAsync(1000);
    expect(begunAt).toEqual([0, 1500]);
    await jest.advanceTimersByTimeAsync(500);
    await task.stop();
  });

  it('may be stopped by its own run, and started in the same moment', async () => {
    let runs = 0;
    const task: RepeatingTask = new RepeatingTask(
      1000,
      () => {
        runs += 1;
        void task.stop();
        // Right behind the run, before anything else can happen.
        if (runs === 1) queueMicrotask(() => task.start());
        return Promise.resolve();
      },
      EVEN,
    );
    task.start();
    await jest.advanceTimersByTimeAsync(5000);
    expect(runs).toBe(2);
  });

  it('runs out of turn when it is asked to, joining the run under way, and then after an interval again', async () => {
    const { task, begunAt } = taskOf(1000, { ...EVEN, first: 'after-interval' }, () => 100);
    task.start();
    await jest.advanceTimersByTimeAsync(500);
    const both = Promise.all([task.runNow(), task.runNow()]);
    await jest.advanceTimersByTimeAsync(100);
    await both;
    await jest.advanceTimersByTimeAsync(1100);
    expect(begunAt).toEqual([500, 1600]);
    await task.stop();
    const alone = task.runNow();
    await jest.advanceTimersByTimeAsync(5000);
    await alone;
    expect(begunAt).toHaveLength(3);
  });
});
