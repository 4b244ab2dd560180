import { AppError } from '../../platform/errors/app.error.js';
import { decodeCursor, encodeCursor } from './page-cursor.js';

const position = { createdAt: new Date('2026-01-31T12:00:00.123Z'), id: 'turn:capture' };

describe('the cursor of a list of transactions', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor(position))).toEqual(position);
  });

  it.each([
    ['nothing', ''],
    ['text', 'abc'],
    ['JSON of another shape', Buffer.from('{"a":1}').toString('base64url')],
    ['an operator', Buffer.from('[{"$gt":0},"a"]').toString('base64url')],
    ['an operator as id', Buffer.from('[1,{"$gt":""}]').toString('base64url')],
    ['a time beyond time', Buffer.from('[1e99,"a"]').toString('base64url')],
    ['more than a cursor holds', Buffer.from('[1,"a",2]').toString('base64url')],
    ['trailing characters', `${encodeCursor(position)}!`],
  ])('refuses %s', (_, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(AppError);
  });
});
