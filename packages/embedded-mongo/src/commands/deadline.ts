import { CommandError } from '../errors.js';

const CHECK_EVERY = 128;

/** Passes items on until `milliseconds` are over; 0 or undefined is no limit. @throws CommandError 50 */
export function* withinTime<T>(items: Iterable<T>, milliseconds: number | undefined): IterableIterator<T> {
  if (!milliseconds) {
    yield* items;
    return;
  }
  const end = Date.now() + milliseconds;
  let count = 0;
  for (const item of items) {
    if (++count % CHECK_EVERY === 0 && Date.now() > end) {
      throw new CommandError('MaxTimeMSExpired', 'operation exceeded time limit');
    }
    yield item;
  }
}
