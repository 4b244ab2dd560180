/** @jest-environment node */
import { jest } from '@jest/globals';
import { whenAnsweredAfterAll } from '../../platform/errors/late-answer.js';
import { isStorageFailure } from '../../platform/errors/storage-failure.js';
import { DatabaseSilence, PROMPT_WAIT_MS, SILENT_WAIT_MS } from './database-silence.js';

const outcomeOf = (waiting: Promise<unknown>) =>
  waiting.then(
    (value) => value,
    (error: unknown) => (isStorageFailure(error) ? 'unavailable' : error),
  );

describe('DatabaseSilence', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** An operation that is answered when the test says so. */
  function operation() {
    let answer: (value: unknown) => void = () => undefined;
    let refuse: (error: unknown) => void = () => undefined;
    const promise = new Promise((resolve, reject) => {
      answer = resolve;
      refuse = reject;
    });
    return { promise, answer, refuse };
  }
  /** Whether a wait is over after this time. */
  async function isOverAfter(waiting: Promise<unknown>, milliseconds: number): Promise<boolean> {
    let isOver = false;
    void waiting.finally(() => (isOver = true)).catch(() => undefined);
    await jest.advanceTimersByTimeAsync(milliseconds);
    return isOver;
  }

  it('gives what the database answers, and leaves no timer', async () => {
    const silence = new DatabaseSilence();
    expect(await silence.await(Promise.resolve(1))).toBe(1);
    const refusal = new Error('duplicate');
    await expect(silence.await(Promise.reject(refusal))).rejects.toBe(refusal);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives up within two seconds, and whoever tidies up behind it at once', async () => {
    const silence = new DatabaseSilence();
    const first = outcomeOf(silence.await(operation().promise));
    expect(await isOverAfter(first, PROMPT_WAIT_MS)).toBe(false);
    expect(await isOverAfter(first, 100)).toBe(true);
    expect(await first).toBe('unavailable');
    const second = outcomeOf(silence.await(operation().promise));
    expect(await isOverAfter(second, SILENT_WAIT_MS + 100)).toBe(true);
    expect(await second).toBe('unavailable');
  });

  it.each([
    ['an answer', (late: ReturnType<typeof operation>) => late.answer('late')],
    [
      'a refusal',
      (late: ReturnType<typeof operation>) =>
        late.refuse(Object.assign(new Error('no'), { name: 'MongoServerError' })),
    ],
  ])('hears %s that comes late, and is patient again', async (_name, come) => {
    const silence = new DatabaseSilence();
    const late = operation();
    const given = outcomeOf(silence.await(late.promise));
    await jest.advanceTimersByTimeAsync(PROMPT_WAIT_MS + 100);
    expect(await given).toBe('unavailable');
    come(late);
    await jest.advanceTimersByTimeAsync(0);
    const next = operation();
    const waiting = outcomeOf(silence.await(next.promise));
    expect(await isOverAfter(waiting, SILENT_WAIT_MS + 100)).toBe(false);
    next.answer('heard');
    expect(await waiting).toBe('heard');
  });

  it('tells whoever gave up when the answer has come after all', async () => {
    const silence = new DatabaseSilence();
    const late = operation();
    const given = silence.await(late.promise).catch((error: unknown) => whenAnsweredAfterAll(error));
    await jest.advanceTimersByTimeAsync(PROMPT_WAIT_MS + 100);
    let isAnswered = false;
    void given.then((answered) => answered).then(() => (isAnswered = true));
    await jest.advanceTimersByTimeAsync(0);
    expect(isAnswered).toBe(false);
    late.refuse(new Error('no'));
    await jest.advanceTimersByTimeAsync(0);
    expect(isAnswered).toBe(true);
    expect(whenAnsweredAfterAll(new Error('no'))).toBeUndefined();
  });

  it('never gives up on what nobody waits for', async () => {
    const silence = new DatabaseSilence();
    const settlement = operation();
    const waiting = outcomeOf(silence.await(settlement.promise, true));
    expect(await isOverAfter(waiting, 600_000)).toBe(false);
    settlement.answer('settled');
    expect(await waiting).toBe('settled');
  });
});
