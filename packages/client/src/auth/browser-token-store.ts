import type { Tokens, TokenStore } from './token-store.js';

/** The part of `localStorage` that is used. */
export interface KeyValueStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The part of `navigator.locks` that is used; absent in pages served over plain http. */
interface LockManager {
  request<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/**
 * Keeps the tokens in `localStorage`, where they survive a reload and are shared by the tabs of a browser, or in `sessionStorage`, where they end with their
 * tab. Whoever can run script in the page can read them: serve it with a strict Content-Security-Policy, as Tollgate's own page is.
 */
export class BrowserTokenStore implements TokenStore {
  constructor(
    private readonly storage: KeyValueStorage,
    private readonly key = 'tollgate.tokens',
  ) {}

  load(): Tokens | undefined {
    const text = this.storage.getItem(this.key);
    if (text === null) return undefined;
    try {
      const value = JSON.parse(text) as Partial<Tokens>;
      const { accessToken, refreshToken, expiresAt, provider, idToken } = value;
      return typeof accessToken === 'string' &&
        typeof refreshToken === 'string' &&
        typeof expiresAt === 'number'
        ? {
            ...{ accessToken, refreshToken, expiresAt },
            ...(provider === undefined ? {} : { provider }),
            ...(idToken === undefined ? {} : { idToken }),
          }
        : undefined;
    } catch {
      // Somebody else's value under our key: as good as none.
      return undefined;
    }
  }

  save(tokens: Tokens | undefined): void {
    if (tokens === undefined) this.storage.removeItem(this.key);
    else this.storage.setItem(this.key, JSON.stringify(tokens));
  }

  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
    return locks === undefined ? task() : locks.request(this.key, task);
  }
}
