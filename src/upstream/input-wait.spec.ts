import { getEventListeners } from 'node:events';
import { InputWait } from './input-wait.js';

const LONG_MS = 60_000;
const conflict = expect.objectContaining({ code: 'conflict' });

describe('InputWait', () => {
  it('gives an answer that comes while somebody waits, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const wait = new InputWait();
    wait.ask();
    const taken = wait.take(LONG_MS, signal);
    wait.provide({ action: 'proceed' });
    expect(await taken).toEqual({ action: 'proceed' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('keeps an answer that comes before somebody waits', async () => {
    const wait = new InputWait();
    wait.ask();
    wait.provide({ content: 'early' });
    expect(await wait.take(LONG_MS, new AbortController().signal)).toEqual({ content: 'early' });
  });

  it('takes no answer to nothing, and one to each question', async () => {
    const wait = new InputWait();
    expect(() => wait.provide({})).toThrow(conflict);
    wait.ask();
    wait.provide({ content: '1' });
    expect(() => wait.provide({ content: '2' })).toThrow(conflict);
    await wait.take(LONG_MS, new AbortController().signal);
    expect(() => wait.provide({ content: '3' })).toThrow(conflict);
    wait.ask();
    wait.provide({ content: '4' });
    expect(await wait.take(LONG_MS, new AbortController().signal)).toEqual({ content: '4' });
  });

  it('gives nothing when nobody answers in time, and takes nothing afterwards', async () => {
    const wait = new InputWait();
    wait.ask();
    expect(await wait.take(0, new AbortController().signal)).toBeUndefined();
    expect(() => wait.provide({ content: 'late' })).toThrow(conflict);
  });

  it('throws the signal’s reason when it aborts', async () => {
    const controller = new AbortController();
    const wait = new InputWait();
    wait.ask();
    const taken = wait.take(LONG_MS, controller.signal);
    controller.abort('stopped');
    await expect(taken).rejects.toBe('stopped');
    await expect(wait.take(LONG_MS, controller.signal)).rejects.toBe('stopped');
  });
});
