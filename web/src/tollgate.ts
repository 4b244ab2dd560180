import { TollgateClient, type SignInMethods } from '@tollgate/client';
import { PREFIX } from './place.js';
import { hasLeft, type SignInChange } from './sign-in/left.js';
import { loadIdentityProvider } from './sign-in/load-identity-provider.js';
import { PageTokenStore } from './sign-in/page-token-store.js';

/** Two instances under different prefixes of one host have different users. */
const TOKENS_KEY = `tollgate.tokens${PREFIX}`;

/** Told to the window: whether somebody is signed in has changed, here or in another tab. */
const SIGN_IN_CHANGED = 'tollgate:sign-in-changed';

function tell(change: SignInChange): void {
  window.dispatchEvent(new CustomEvent(SIGN_IN_CHANGED, { detail: change }));
}

/** A login is over; how, where no tab has said it. */
function ended(): SignInChange {
  return hasLeft() ? 'left' : 'ended';
}

export const tokenStore = new PageTokenStore(TOKENS_KEY, tell);

/** The page's one client: same origin, tokens shared by all tabs. */
export const tollgate = new TollgateClient({
  baseUrl: PREFIX,
  tokenStore,
  renew: async (tokens) => (await loadIdentityProvider()).renew(tokens),
  onSignedOut: () => {
    tell(ended());
  },
});

/** Calls back when the login has ended, or another tab has begun one. @returns what stops it */
export function onSignInChanged(listener: (change: SignInChange) => void): () => void {
  const onChanged = (event: Event): void => {
    listener((event as CustomEvent<SignInChange>).detail);
  };
  const onStorage = (event: StorageEvent): void => {
    if (event.key === TOKENS_KEY && event.newValue === null) listener(ended());
  };
  window.addEventListener(SIGN_IN_CHANGED, onChanged);
  window.addEventListener('storage', onStorage);
  return () => {
    window.removeEventListener(SIGN_IN_CHANGED, onChanged);
    window.removeEventListener('storage', onStorage);
  };
}

export interface WebConfig extends SignInMethods {
  /** Outside production. */
  readonly demo?: { readonly email: string; readonly password?: string };
}

/** Only a convenience: nobody waits longer for it. */
const DEMO_PATIENCE_MS = 3000;

/** What the sign-in screen should offer. @throws TollgateError */
export async function readWebConfig(): Promise<WebConfig> {
  const [methods, demo] = await Promise.all([tollgate.signInMethods(), readDemo()]);
  return { ...methods, ...demo };
}

async function readDemo(): Promise<Pick<WebConfig, 'demo'>> {
  try {
    const response = await fetch(`${PREFIX}/web-config.json`, {
      signal: AbortSignal.timeout(DEMO_PATIENCE_MS),
    });
    const { demo } = (await response.json()) as WebConfig;
    return demo === undefined ? {} : { demo };
  } catch {
    // Nothing is filled in, then; the form is there all the same.
    return {};
  }
}
