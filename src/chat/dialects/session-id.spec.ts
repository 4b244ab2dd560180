import { isSessionId, sessionIdFromHeader, sessionIdToHeader } from './session-id.js';

describe('isSessionId', () => {
  it.each([
    'a',
    'c cut/1',
    '0199a1c2-1111-7abc-8def-000000000001',
    'a%2Fb',
    '日本 é',
    '🙂',
    'a\\b?#&"',
    'x'.repeat(128),
  ])('takes %j, in a header and back', (id) => {
    expect(isSessionId(id)).toBe(true);
    expect(sessionIdToHeader(id)).toMatch(/^[\x21-\x7e]+$/);
    expect(sessionIdFromHeader(sessionIdToHeader(id))).toBe(id);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['blanks', '  '],
    ['what is too long', 'x'.repeat(129)],
    ['line breaks', 'a\r\nid: 7'],
    ['a null character', 'a\0b'],
    ['an escape sequence', 'a\u001b[2Jb'],
    ['other line ends', 'a\u2028b'],
    ['text that runs backwards', 'a\u202eb'],
    ['half a character', 'a\ud800'],
    ['the folder itself', '.'],
    ['the folder above', '..'],
    ['an operator', { $gt: '' }],
    ['a list', ['a']],
    ['a number', 7],
  ])('refuses %s', (_name, id) => {
    expect(isSessionId(id)).toBe(false);
  });

  it('leaves ids of ours as they are in a header', () => {
    expect(sessionIdToHeader('a_b.c:d-1')).toBe('a_b.c:d-1');
  });

  it('takes a header that is not encoded as it is', () => {
    expect(sessionIdFromHeader('100%')).toBe('100%');
    expect(sessionIdFromHeader(undefined)).toBeUndefined();
  });
});
