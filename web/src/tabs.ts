/** Tells the other tabs of this browser what happens in a conversation. */
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('tollgate');

export function tellTabs(conversationId: string): void {
  channel?.postMessage(conversationId);
}

/** @returns what stops it */
export function onTold(listener: (conversationId: string) => void): () => void {
  const onMessage = ({ data }: MessageEvent<unknown>): void => {
    if (typeof data === 'string') listener(data);
  };
  channel?.addEventListener('message', onMessage);
  return () => channel?.removeEventListener('message', onMessage);
}
