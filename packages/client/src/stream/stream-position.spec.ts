import type { TokenEvent } from './stream-event.js';
import { StreamPosition } from './stream-position.js';

const token = (text: string): TokenEvent => ({ type: 'token', text });

describe('StreamPosition', () => {
  it('lets new events through and leaves known ones out', () => {
    const position = new StreamPosition();
    expect(position.take(token('abc'), '4')).toEqual(token('abc'));
    expect(position.take(token('abc'), '4')).toBeUndefined();
    expect(position.take({ type: 'end' }, '6')).toEqual({ type: 'end' });
    expect([position.last, position.duplicates]).toEqual([6, 1]);
  });

  it('cuts a text that was merged differently on its second way', () => {
    const position = new StreamPosition();
    position.take(token('abc'), '4');
    expect(position.take(token('abcdef'), '7')).toEqual(token('def'));
    expect(position.take(token('😀x'), '10')).toEqual(token('😀x'));
  });

  it('takes what lies behind a gap whole', () => {
    const position = new StreamPosition(3);
    expect(position.take(token('xyz'), '90')).toEqual(token('xyz'));
  });

  it('believes an id that is no position', () => {
    expect(new StreamPosition(3).take(token('a'), 'x')).toEqual(token('a'));
  });
});
