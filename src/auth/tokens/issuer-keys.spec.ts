/** @jest-environment node */
import { jest } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { TestIssuer } from '../../../test/support/auth/test-issuer.js';
import { IssuerKeys, KeySetOutageError } from './issuer-keys.js';

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

  it('does not fetch again for every unknown key of a flood', async () => {
    await keyOf(await issuer.token());
    for (let i = 0; i < 20; i += 1) {
      await expect(keyOf(await issuer.token({}, 'RS256', `made-up-${i}`))).rejects.toThrow();
    }
    expect(issuer.fetches).toBe(1);
  });

  it('looks again for an unknown key after half a minute', async () => {
    await keyOf(await issuer.token());
    const token = await issuer.token({}, 'RS256', 'unknown');
    pass(MINUTE_MS / 2);
    await expect(keyOf(token)).rejects.not.toBeInstanceOf(KeySetOutageError);
    expect(issuer.fetches).toBe(2);
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
