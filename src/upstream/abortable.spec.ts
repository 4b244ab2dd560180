import { getEventListeners } from 'node:events';
import { pause, untilAborted } from './abortable.js';

/** A promise and its ends. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Node tells of unhandled rejections when the microtasks have run, before the next turn of the loop. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('untilAborted', () => {
  let unhandled: unknown[];
  const note = (reason: unknown) => unhandled.push(reason);

  beforeEach(() => {
    unhandled = [];
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await nextTurn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('gives what the work gives, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    await expect(untilAborted(() => Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(untilAborted(() => Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
    await nextTurn();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('begins nothing when the signal has aborted already', async () => {
    let begun = false;
    const work = () => {
      begun = true;
      return Promise.reject(new Error('too late'));
    };
    await expect(untilAborted(work, AbortSignal.abort('stopped'))).rejects.toBe('stopped');
    expect(begun).toBe(false);
  });

  it('does not wait for work that goes on, and takes its later failure', async () => {
    const controller = new AbortController();
    const { promise, reject } = deferred<never>();
    const waiting = untilAborted(() => promise, controller.signal);
    controller.abort('stopped');
    await expect(waiting).rejects.toBe('stopped');
    reject(new Error('after the stop'));
    await nextTurn();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('rejects with what the work throws at once, and with the reason when the work itself aborts', async () => {
    const controller = new AbortController();
    const throwing = (): Promise<never> => {
      throw new Error('at once');
    };
    await expect(untilAborted(throwing, controller.signal)).rejects.toThrow('at once');
    const aborting = () => {
      controller.abort('stopped');
      return Promise.reject(new Error('after the stop'));
    };
    await expect(untilAborted(aborting, controller.signal)).rejects.toBe('stopped');
  });
});

describe('pause', () => {
  it('ends with the signal', async () => {
    const controller = new AbortController();
    const pausing = pause(3_600_000, controller.signal);
    controller.abort('stopped');
    await expect(pausing).rejects.toBe('stopped');
    await expect(pause(0, new AbortController().signal)).resolves.toBeUndefined();
  });
});
