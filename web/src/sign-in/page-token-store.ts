import { BrowserTokenStore, type Tokens, type TokenStore } from '@tollgate/client';
import { LoginTabs } from './login-tabs.js';

/**
 * Where the page keeps tokens. Those of Tollgate's own accounts: in `localStorage`. Those of an identity provider, which may be good for more than this server: in
 * `sessionStorage`, which survives a reload, is never shared with another site or written down for longer than the tab is open, and ends with it; the tabs of the
 * browser pass them on among themselves. In memory alone they would be gone with every reload, for the provider's frames that could bring them back get no cookies any more.
 */
export class PageTokenStore implements TokenStore {
  private readonly own: BrowserTokenStore;
  private readonly provided: BrowserTokenStore;
  private readonly tabs: LoginTabs;

  /** @param onChange called when another tab has signed this one in, or out, at an identity provider */
  constructor(key: string, onChange: (isSignedIn: boolean) => void) {
    this.own = new BrowserTokenStore(localStorage, key);
    this.provided = new BrowserTokenStore(sessionStorage, key);
    this.tabs = new LoginTabs(key, this.provided, onChange);
  }

  load(): Tokens | undefined {
    return this.provided.load() ?? this.own.load();
  }

  save(tokens: Tokens | undefined): void {
    const before = this.provided.load();
    const provided = tokens?.provider === undefined ? undefined : tokens;
    this.provided.save(provided);
    this.tabs.tell(before, provided);
    const own = provided === undefined ? tokens : undefined;
    if (own !== undefined || this.own.load() !== undefined) this.own.save(own);
  }

  exclusively<T>(task: () => Promise<T>): Promise<T> {
    if (this.provided.load() === undefined) return this.own.exclusively(task);
    return this.provided.exclusively(async () => {
      await this.tabs.newest();
      return task();
    });
  }
}
