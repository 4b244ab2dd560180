import { BrowserTokenStore, type Tokens, type TokenStore } from '@tollgate/client';
import { isAnyOpen, isInDoubt } from './interrupted-renewal.js';
import type { SignInChange } from './left.js';
import { LoginTabs } from './login-tabs.js';

/** How long a tab that was reloaded in the middle of a renewal has to take the login up again, before another one tries by itself. */
const TAKEN_UP_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 250;

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
  constructor(key: string, onChange: (change: SignInChange) => void) {
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

  /** Whether a renewal was cut off by a reload, here or in another tab, so that the refresh token may be used up: waits for one that is going on. */
  async isRenewalLost(): Promise<boolean> {
    // Nearly always: nobody waits for anything.
    if (!isAnyOpen() || this.provided.load() === undefined) return false;
    return this.provided.exclusively(async () => {
      await this.tabs.newest();
      return this.isLost();
    });
  }

  async exclusively<T>(task: () => Promise<T>): Promise<T> {
    const before = this.provided.load();
    if (before === undefined) return this.own.exclusively(task);
    const done = await this.provided.exclusively(async () => {
      // Whoever was told of newer ones while it waited for its turn has nothing to ask.
      if (this.provided.load()?.accessToken === before.accessToken) await this.tabs.newest();
      // The tab that was about it may have been reloaded meanwhile.
      return (await this.isLost()) ? undefined : { result: await task() };
    });
    if (done !== undefined) return done.result;
    // Not in its turn: the other tab needs that as well.
    await this.untilTakenUp();
    return this.provided.exclusively(async () => {
      await this.tabs.newest();
      return task();
    });
  }

  /** Resolves when another tab has taken the login up, when there is no doubt any more, or the time is over. */
  private async untilTakenUp(): Promise<void> {
    const end = performance.now() + TAKEN_UP_WITHIN_MS;
    while (performance.now() < end && (await this.isLost())) await this.tabs.renewal(LOOK_EVERY_MS);
  }

  private async isLost(): Promise<boolean> {
    const tokens = this.provided.load();
    return tokens !== undefined && (await isInDoubt(tokens.refreshToken));
  }
}
