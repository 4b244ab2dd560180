import { Clock } from '../../platform/clock.js';
import { PriceCache } from './price-cache.js';

class SetClock extends Clock {
  time = 0;
  now(): number {
    return this.time;
  }
}

describe('PriceCache', () => {
  it('asks once for calls that miss together, with the first caller’s token', async () => {
    const asked: unknown[] = [];
    const cache = new PriceCache((chatflowId, token) => {
      asked.push([chatflowId, token]);
      return Promise.resolve(3);
    }, new SetClock());
    await expect(Promise.all([cache.get('a', 'first'), cache.get('a', 'second')])).resolves.toEqual([3, 3]);
    expect(asked).toEqual([['a', 'first']]);
  });

  it('shows a changed price 30 seconds later at the latest', async () => {
    const clock = new SetClock();
    let price = 3;
    const cache = new PriceCache(() => Promise.resolve(price), clock);
    await cache.get('a');
    price = 5;
    clock.time = 29_999;
    await expect(cache.get('a')).resolves.toBe(3);
    clock.time = 30_000;
    await expect(cache.get('a')).resolves.toBe(5);
  });

  it('keeps no failure', async () => {
    const answers = [Promise.reject(new Error('down')), Promise.resolve(4)];
    const cache = new PriceCache(() => answers.shift() ?? Promise.resolve(0), new SetClock());
    await expect(cache.get('a')).rejects.toThrow('down');
    await expect(cache.get('a')).resolves.toBe(4);
  });

  it('remembers that a chatflow has no price', async () => {
    let asked = 0;
    const cache = new PriceCache(() => {
      asked += 1;
      return Promise.resolve(undefined);
    }, new SetClock());
    await cache.get('a');
    await expect(cache.get('a')).resolves.toBeUndefined();
    expect(asked).toBe(1);
  });
});
