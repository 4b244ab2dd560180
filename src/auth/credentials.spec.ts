import { bearerToken, readCredentials } from './credentials.js';

describe('readCredentials', () => {
  it.each(['storm-api-key', 'x-api-key'])('takes an API key from %s', (header) => {
    expect(readCredentials({ headers: { [header]: 'tg_key' } })).toEqual({ kind: 'api-key', key: 'tg_key' });
  });

  it('tells an API key from an access token behind Bearer', () => {
    expect(readCredentials({ headers: { authorization: 'Bearer tg_key' } })).toEqual({
      kind: 'api-key',
      key: 'tg_key',
    });
    expect(readCredentials({ headers: { authorization: 'bearer a.b.c' } })).toEqual({
      kind: 'access-token',
      token: 'a.b.c',
    });
  });

  it('puts a key header before Authorization', () => {
    const headers = { 'x-api-key': 'tg_key', authorization: 'Bearer a.b.c' };
    expect(readCredentials({ headers })).toEqual({ kind: 'api-key', key: 'tg_key' });
  });

  it.each([
    ['a.b.c', { kind: 'access-token', token: 'a.b.c' }],
    ['tg_key', { kind: 'api-key', key: 'tg_key' }],
  ])('takes %s in both headers for one credential', (value, credentials) => {
    const headers = { 'x-api-key': value, authorization: `Bearer ${value}` };
    expect(readCredentials({ headers })).toEqual(credentials);
  });

  it.each([{}, { 'x-api-key': '' }, { authorization: 'Basic YTpi' }, { authorization: 'Bearer' }])(
    'finds nothing in %j',
    (headers) => {
      expect(readCredentials({ headers })).toBeUndefined();
    },
  );

  it.each(['Bearer a b', 'Bearer', 'Bearer  ', 'XBearer a'])('takes no token from %j', (authorization) => {
    expect(bearerToken({ headers: { authorization } })).toBeNull();
  });
});
