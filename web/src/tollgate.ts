import { BrowserTokenStore, TollgateClient } from '@tollgate/client';

const SIGNED_OUT = 'tollgate:signed-out';
/** Where the page stands, without a trailing slash: '' at the root, '/tollgate' below a path. */
const BASE = window.location.pathname.replace(/\/[^/]*$/, '');
const TOKENS_KEY = 'tollgate.tokens';

/** The page's one client: same origin, tokens shared by all tabs. */
export const tollgate = new TollgateClient({
  baseUrl: BASE,
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
    const response = await fetch(`${BASE}/web-config.json`);
    return (await response.json()) as WebConfig;
  } catch {
    return { registration: 'closed' };
  }
}
