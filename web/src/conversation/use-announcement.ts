import { useEffect, useRef, useState } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';

/** A screen reader that is given every token never gets to the end of a sentence. */
const BATCH_MS = 1500;

/** What a polite live region should say about the answer that is being written: whole sentences, now and then. */
export function useAnnouncement(answer: ConversationMessage | undefined): string {
  const { answeringNow } = useTexts();
  const [announced, setAnnounced] = useState('');
  const said = useRef({ id: '', length: 0 });
  const latest = useRef(answer);
  useEffect(() => {
    latest.current = answer;
  });
  const isRunning = answer?.status === 'waiting' || answer?.status === 'streaming';
  useEffect(() => {
    if (!isRunning) return;
    setAnnounced(answeringNow);
    const say = (isLast: boolean): void => {
      const { id = '', content = '' } = latest.current ?? {};
      if (said.current.id !== id) said.current = { id, length: 0 };
      const fresh = content.slice(said.current.length);
      const end = isLast ? fresh.length : Math.max(fresh.lastIndexOf('. '), fresh.lastIndexOf('\n')) + 1;
      if (end <= 0) return;
      said.current.length += end;
      setAnnounced(fresh.slice(0, end));
    };
    const timer = setInterval(() => {
      say(false);
    }, BATCH_MS);
    return () => {
      clearInterval(timer);
      // The last state is rendered by now.
      setTimeout(() => {
        say(true);
      }, 0);
    };
  }, [isRunning, answeringNow]);
  return announced;
}
