import { useRef, type ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { useWhenNear } from '../ui/use-near.js';
import { SessionItem } from './session-item.js';
import type { SessionActions } from './sidebar.js';

interface SessionListProps extends SessionActions {
  readonly sessions: readonly Session[] | undefined;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly conversationId: string | undefined;
}

/** All conversations: older ones are read as somebody scrolls to them. */
export function SessionList({
  sessions,
  hasMore,
  onMore,
  conversationId,
  ...actions
}: SessionListProps): ReactNode {
  const texts = useTexts();
  return (
    <nav aria-label={texts.conversations} data-scrolls>
      {sessions?.length === 0 && <p className="hint">{texts.noConversations}</p>}
      <ul>
        {sessions?.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            isCurrent={session.id === conversationId}
            {...actions}
          />
        ))}
      </ul>
      {hasMore && <MoreSessions known={sessions?.length ?? 0} onNear={onMore} />}
    </nav>
  );
}

function MoreSessions({ known, onNear }: { readonly known: number; readonly onNear: () => void }): ReactNode {
  const end = useRef<HTMLParagraphElement>(null);
  const { loadingMore } = useTexts();
  useWhenNear(end, known, onNear);
  return (
    <p className="hint" ref={end}>
      {loadingMore}
    </p>
  );
}
