import { newId, timeOfId } from './ids.js';

describe('newId', () => {
  it('is a UUID of version 7 with the time it was given', () => {
    const id = newId(0x0123_4567_89ab);
    expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is never the same and sorts by time', () => {
    const ids = Array.from({ length: 1000 }, (_, time) => newId(time));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 1000 }, () => newId(0))).size).toBe(1000);
  });

  it('says when it was made', () => {
    expect(timeOfId(newId(0x0123_4567_89ab))).toBe(0x0123_4567_89ab);
    expect(timeOfId('no-id')).toBeNaN();
  });
});
