import { TollgateError } from '../errors.js';
import { LoginCredentials } from './login-credentials.js';
import { MemoryTokenStore, type Tokens } from './token-store.js';

const HOUR_MS = 3_600_000;
const tokens = (name: string, expiresInMs: number): Tokens => ({
  accessToken: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresAt: Date.now() + expiresInMs,
});

describe('LoginCredentials', () => {
  it('uses a token that is good, and nothing when nobody is signed in', async () => {
    const refresh = () => Promise.reject(new Error('not needed'));
    const store = new MemoryTokenStore(tokens('a', HOUR_MS));
    const credentials = new LoginCredentials(store, refresh);
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer access-a' });
    store.save(undefined);
    expect(await credentials.headers()).toEqual({});
  });

  it('renews once for all who wait', async () => {
    const used: string[] = [];
    const refresh = ({ refreshToken }: Tokens) => {
      used.push(refreshToken);
      return Promise.resolve(tokens('b', HOUR_MS));
    };
    const credentials = new LoginCredentials(new MemoryTokenStore(tokens('a', 0)), refresh);
    const all = await Promise.all([credentials.headers(), credentials.headers(), credentials.headers()]);
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer access-b']));
    expect(used).toEqual(['refresh-a']);
  });

  it('takes what another tab has renewed instead of using a token twice', async () => {
    class SharedStore extends MemoryTokenStore {
      exclusively<T>(task: () => Promise<T>): Promise<T> {
        this.save(tokens('b', HOUR_MS));
        return task();
      }
    }
    const refresh = () => Promise.reject(new Error('not needed'));
    const credentials = new LoginCredentials(new SharedStore(tokens('a', 0)), refresh);
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer access-b' });
  });

  it.each([
    ['gives new tokens', (): Promise<Tokens> => Promise.resolve(tokens('b', HOUR_MS))],
    ['ends', (): Promise<Tokens> => Promise.reject(new TollgateError('unauthenticated', 'over'))],
  ])('stays signed out when somebody signs out during a renewal that %s', async (_, answer) => {
    const store = new MemoryTokenStore(tokens('a', 0));
    let ends = 0;
    const refresh = (): Promise<Tokens> => {
      store.save(undefined);
      return answer();
    };
    const credentials = new LoginCredentials(store, refresh, () => (ends += 1));
    expect(await credentials.headers()).toEqual({});
    expect([store.load(), ends]).toEqual([undefined, 0]);
  });

  it('renews after a refusal only what was refused', async () => {
    let times = 0;
    const refresh = () => {
      times += 1;
      return Promise.resolve(tokens('b', HOUR_MS));
    };
    const credentials = new LoginCredentials(new MemoryTokenStore(tokens('a', HOUR_MS)), refresh);
    const used = await credentials.headers();
    expect(await credentials.renewAfterRefusal(used)).toBe(true);
    expect(await credentials.renewAfterRefusal(used)).toBe(true);
    expect(times).toBe(1);
  });

  it('signs out when the login has ended, and stays signed in when the server is only away', async () => {
    let signedOut = 0;
    let code: 'unauthenticated' | 'connection_failed' = 'connection_failed';
    const store = new MemoryTokenStore(tokens('a', 0));
    const credentials = new LoginCredentials(
      store,
      () => Promise.reject(new TollgateError(code, 'no')),
      () => (signedOut += 1),
    );
    await expect(credentials.headers()).rejects.toMatchObject({ code: 'connection_failed' });
    expect(store.load()).toBeDefined();
    code = 'unauthenticated';
    expect(await credentials.headers()).toEqual({});
    expect([store.load(), signedOut]).toEqual([undefined, 1]);
  });
});
