import { useMemo, useSyncExternalStore } from 'react';

const ADDRESS = /^#\/s\/([^/]+)(?:\/([^/]+))?$/;

/** What the address names. */
export interface Route {
  /** Undefined: a new conversation. */
  readonly conversationId: string | undefined;
  /** A message in it that somebody wants to see. */
  readonly messageId: string | undefined;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('hashchange', listener);
  };
}

const readHash = (): string => window.location.hash;

/** The conversation that the address names, so that it survives a reload and can be bookmarked. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, readHash);
  return useMemo(() => {
    const [, conversationId, messageId] = ADDRESS.exec(hash) ?? [];
    return { conversationId: decoded(conversationId), messageId: decoded(messageId) };
  }, [hash]);
}

/** @param how `replace` where going back should not lead to what was there before */
export function showConversation(
  conversationId: string | undefined,
  messageId?: string,
  how: 'push' | 'replace' = 'push',
): void {
  const place = [conversationId, messageId].filter((part) => part !== undefined).map(encodeURIComponent);
  const address = place.length === 0 ? '#/' : `#/s/${place.join('/')}`;
  if (address === window.location.hash) return;
  if (how === 'replace') window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    // Not an address of ours.
    return part;
  }
}
