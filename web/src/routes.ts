import { useSyncExternalStore } from 'react';

const PREFIX = '#/s/';

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => {
    window.removeEventListener('hashchange', listener);
  };
}

function readConversationId(): string | undefined {
  const { hash } = window.location;
  return hash.startsWith(PREFIX) && hash.length > PREFIX.length
    ? decodeURIComponent(hash.slice(PREFIX.length))
    : undefined;
}

/** The conversation that the address names, so that it survives a reload and can be bookmarked. */
export function useConversationId(): string | undefined {
  return useSyncExternalStore(subscribe, readConversationId);
}

/** @param how `replace` where going back should not lead to what was there before */
export function showConversation(conversationId: string | undefined, how: 'push' | 'replace' = 'push'): void {
  const address = conversationId === undefined ? '#/' : PREFIX + encodeURIComponent(conversationId);
  if (address === window.location.hash) return;
  if (how === 'replace') window.history.replaceState(null, '', address);
  else window.history.pushState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
