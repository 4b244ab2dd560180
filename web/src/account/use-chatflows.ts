import { useCallback, useEffect, useState } from 'react';
import type { Chatflow } from '@tollgate/client';
import { tollgate } from '../tollgate.js';

export interface Chatflows {
  /** What the user may ask, and what is disabled of it. */
  readonly chatflows: readonly Chatflow[];
  /** Reads them again; what can't be read stays as it is. */
  readonly reloadChatflows: () => void;
}

/** Read again when somebody comes back to the page: operators change them meanwhile. */
export function useChatflows(): Chatflows {
  const [chatflows, setChatflows] = useState<readonly Chatflow[]>([]);
  const reloadChatflows = useCallback(() => {
    const keep = (): void => undefined;
    tollgate.chatflows.list().then(setChatflows, keep);
  }, []);
  useEffect(() => {
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') reloadChatflows();
    };
    reloadChatflows();
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [reloadChatflows]);
  return { chatflows, reloadChatflows };
}
