import { useEffect, useRef } from 'react';
import { showConversation } from '../routes.js';
import { onTold } from '../tabs.js';
import { onSignInChanged } from '../tollgate.js';

/** Looks for what was said elsewhere: when another tab tells, and when somebody comes back to this one. */
export function useRefreshes(
  conversationId: string | undefined,
  refresh: () => Promise<void>,
  reload: () => void,
): void {
  const latest = useRef(conversationId);
  useEffect(() => {
    latest.current = conversationId;
  });
  useEffect(() => {
    const stopListening = onTold((told) => {
      reload();
      if (told === latest.current) void refresh();
    });
    const onVisible = (): void => {
      if (document.visibilityState !== 'visible') return;
      reload();
      void refresh();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      stopListening();
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [refresh, reload]);
  useEffect(
    () =>
      onSignInChanged((change) => {
        // Whoever did not want it finds the conversation again.
        if (change === 'left') showConversation(undefined, undefined, 'replace');
      }),
    [],
  );
}
