/** @jest-environment node */
import { jest } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { TestIssuer } from '../../../test/support/auth/test-issuer.js';
import { IssuerKeys, KeySetOutageError } from './issuer-keys.js';
import { LOOKUP_INTERVAL_MS, MAX_LOOKUPS_AT_ONCE } from './key-lookups.js';

const MINUTE_MS = 60_000;

describe('IssuerKeys', () => {
  let issuer: TestIssuer;
  let keys: IssuerKeys;
  beforeEach(async () => {
    issuer = await TestIssuer.start();
    const uri = issuer.env.JWT_JWKS_URI ?? '';
    keys = new IssuerKeys(() => Promise.resolve(uri));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await issuer.close();
  });

  const keyOf = (token: string) => {
    const { alg = '', ...header } = decodeProtectedHeader(token);
    return keys.keyOf({ ...header, alg });
  };

  const pass = (ms: number) => {
    const now = Date.now() + ms;
    jest.spyOn(Date, 'now').mockReturnValue(now);
  };

  it('finds the key that a token names', async () => {
    expect((await keyOf(await issuer.token())).algorithm.name).toBe('RSASSA-PKCS1-v1_5');
    expect((await keyOf(await issuer.token({}, 'ES256'))).algorithm.name).toBe('ECDSA');
  });

  it('fetches once for many tokens at once', async () => {
    const token = await issuer.token();
    await Promise.all(Array.from({ length: 20 }, () => keyOf(token)));
    expect(issuer.fetches).toBe(1);
  });

  it('finds a key that has just been made, also when the keys have just been fetched', async () => {
    await keyOf(await issuer.token());
    await expect(keyOf(await issuer.token({}, 'RS256', 'next'))).rejects.toThrow();
    issuer.rename('RS256', 'next');
    expect(await keyOf(await issuer.token({}, 'RS256', 'next'))).toBeDefined();
    expect(issuer.fetches).toBe(3);
  });

  it('does not fetch again for every unknown key of a flood, and again after half a minute', async () => {
    await keyOf(await issuer.token());
    pass(0);
    for (let i = 0; i < 20; i += 1) {
      await expect(keyOf(await issuer.token({}, 'RS256', `made-up-${i}`))).rejects.toThrow();
    }
    expect(issuer.fetches).toBe(1 + MAX_LOOKUPS_AT_ONCE);
    const token = await issuer.token({}, 'RS256', 'unknown');
    pass(LOOKUP_INTERVAL_MS);
    for (let i = 0; i < 2; i += 1) await expect(keyOf(token)).rejects.not.toBeInstanceOf(KeySetOutageError);
    expect(issuer.fetches).toBe(2 + MAX_LOOKUPS_AT_ONCE);
  });

  it('goes on with the keys at hand for a while when the issuer cannot be reached, but not for ever', async () => {
    const token = await issuer.token();
    await keyOf(token);
    await issuer.close();
    pass(60 * MINUTE_MS);
    await expect(keyOf(token)).resolves.toBeDefined();
    pass(11 * MINUTE_MS);
    await expect(keyOf(token)).rejects.toBeInstanceOf(KeySetOutageError);
  });

  it('refreshes in time without making anybody wait', async () => {
    const token = await issuer.token();
    await keyOf(token);
    pass(10 * MINUTE_MS);
    const refreshed = issuer.nextFetch();
    await keyOf(token);
    await refreshed;
    expect(issuer.fetches).toBe(2);
  });

  it.each(['none', 'HS256', 'made-up'])('has no key for %s and fetches none', async (alg) => {
    await expect(keys.keyOf({ alg })).rejects.not.toBeInstanceOf(KeySetOutageError);
  });
});
