import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { useTexts } from '../i18n/i18n.js';
import { useMarkdown } from '../markdown/lazy-markdown.js';
import type { MessageActions } from '../message/message-actions.js';
import { Icon } from '../ui/icons.js';
import { CHUNK, MessageChunk } from './message-chunk.js';
import { useFollowing } from './use-following.js';

/** As many chunks at the end are always there: what somebody sees who opens a conversation. */
const CHUNKS_AT_END = 2;

interface MessageListProps {
  readonly messages: readonly ConversationMessage[];
  readonly isBusy: boolean;
  /** Why the running answer does not go on at the moment. */
  readonly pause: string | undefined;
  readonly actions: MessageActions;
  /** A message that somebody has looked for. */
  readonly wantedId: string | undefined;
}

/** The conversation. Follows a growing answer as long as its reader stays at the end; draws only what is in sight, or nearly. */
export function MessageList(props: MessageListProps): ReactNode {
  const { messages, isBusy, pause, actions, wantedId } = props;
  const texts = useTexts();
  // Fetched while the first answer is awaited.
  useMarkdown(true);
  const list = useRef<HTMLDivElement>(null);
  const column = useRef<HTMLDivElement>(null);
  const { isAway, onScroll, follow } = useFollowing(list, column);
  const question = messages.findLast(({ role }) => role === 'user')?.id;

  useLayoutEffect(() => {
    // A new question is where everybody wants to be.
    if (wantedId === undefined) follow();
  }, [question, wantedId, follow]);
  const isThere = messages.some(({ messageId }) => messageId === wantedId);
  useEffect(() => {
    if (wantedId === undefined || !isThere) return;
    const wanted = list.current?.querySelector(`[data-message="${CSS.escape(wantedId)}"]`);
    wanted?.scrollIntoView({ block: 'start' });
    wanted?.setAttribute('data-wanted', 'true');
  }, [wantedId, isThere]);

  const chunks = Array.from({ length: Math.ceil(messages.length / CHUNK) }, (_, index) =>
    messages.slice(index * CHUNK, (index + 1) * CHUNK),
  );
  return (
    <div className="messages-frame">
      <div
        ref={list}
        className="messages"
        role="log"
        aria-label={texts.conversation}
        // What is said is announced in whole sentences by a region of its own.
        aria-live="off"
        tabIndex={0}
        data-scrolls
        onScroll={onScroll}
      >
        <div className="column" ref={column}>
          {chunks.map((chunk, index) => {
            const isEnd = index === chunks.length - 1;
            return (
              <MessageChunk
                key={index}
                messages={chunk}
                isPinned={
                  index >= chunks.length - CHUNKS_AT_END ||
                  chunk.some(({ messageId }) => messageId !== undefined && messageId === wantedId)
                }
                lastId={isEnd ? messages.at(-1)?.id : undefined}
                isBusy={isBusy}
                pause={isEnd ? pause : undefined}
                actions={actions}
              />
            );
          })}
        </div>
      </div>
      {isAway && (
        <button
          className="button round to-end"
          type="button"
          aria-label={texts.goToEnd}
          onClick={() => {
            follow();
          }}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
