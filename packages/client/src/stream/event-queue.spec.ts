import { EventQueue } from './event-queue.js';

describe('EventQueue', () => {
  it('holds the producer back until the consumer has made room', async () => {
    const queue = new EventQueue<number>(2);
    await queue.push(1);
    let isThrough = false;
    const second = queue.push(2).then(() => (isThrough = true));
    await Promise.resolve();
    expect(isThrough).toBe(false);
    expect(await queue.shift()).toBe(1);
    await second;
    expect(isThrough).toBe(true);
  });

  it('hands out what is there before the end and before an error', async () => {
    const queue = new EventQueue<number>(9);
    await queue.push(1);
    queue.fail(new Error('over'));
    expect(await queue.shift()).toBe(1);
    await expect(queue.shift()).rejects.toThrow('over');
  });

  it('wakes a waiting consumer', async () => {
    const queue = new EventQueue<number>(9);
    const next = queue.shift();
    await queue.push(7);
    expect(await next).toBe(7);
    const last = queue.shift();
    queue.close();
    expect(await last).toBeUndefined();
  });

  it('lets the producer go on when nobody will consume', async () => {
    const queue = new EventQueue<number>(1);
    const blocked = queue.push(1);
    expect(queue.clear()).toBe(true);
    await blocked;
  });
});
