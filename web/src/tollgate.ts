import { BrowserTokenStore, TollgateClient, type KeyValueStorage } from '@tollgate/client';

/** Where the page is served, without a slash at its end: '' at the root of its host. */
const PREFIX = new URL('.', document.baseURI).pathname.replace(/\/$/, '');
const SIGNED_OUT = 'tollgate:signed-out';
/** Two instances under different prefixes of one host have different users. */
const TOKENS_KEY = `tollgate.tokens${PREFIX}`;

/** What is kept of a user's own, likewise. */
export const ownStorage: KeyValueStorage = {
  getItem: (key) => localStorage.getItem(key + PREFIX),
  setItem: (key, value) => {
    localStorage.setItem(key + PREFIX, value);
  },
  removeItem: (key) => {
    localStorage.removeItem(key + PREFIX);
  },
};

/** The page's one client: same origin, tokens shared by all tabs. */
export const tollgate = new TollgateClient({
  baseUrl: PREFIX,
  tokenStore: new BrowserTokenStore(localStorage, TOKENS_KEY),
  onSignedOut: () => {
    window.dispatchEvent(new Event(SIGNED_OUT));
  },
});

/** Calls back when the login has ended, here or in another tab. @returns what stops it */
export function onSignedOut(listener: () => void): () => void {
  const onStorage = (event: StorageEvent): void => {
    if (event.key === TOKENS_KEY && event.newValue === null) listener();
  };
  window.addEventListener(SIGNED_OUT, listener);
  window.addEventListener('storage', onStorage);
  return () => {
    window.removeEventListener(SIGNED_OUT, listener);
    window.removeEventListener('storage', onStorage);
  };
}

export interface WebConfig {
  readonly registration: 'open' | 'closed';
  /** Outside production. */
  readonly demo?: { readonly email: string; readonly password?: string };
}

/** What the sign-in form should offer. Never rejects. */
export async function readWebConfig(): Promise<WebConfig> {
  try {
    const response = await fetch(`${PREFIX}/web-config.json`);
    return (await response.json()) as WebConfig;
  } catch {
    return { registration: 'closed' };
  }
}
