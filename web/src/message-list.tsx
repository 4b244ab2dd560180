import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { ChatMessage } from './chat-message.js';
import { Icon } from './icons.js';

/** Within this many pixels of the end a reader wants to see what comes. */
const NEAR_END_PX = 80;

interface MessageListProps {
  readonly messages: readonly ConversationMessage[];
  readonly isReconnecting: boolean;
  readonly onRetry: () => void;
}

/** The conversation. Follows a growing answer as long as its reader stays at the end. */
export function MessageList({ messages, isReconnecting, onRetry }: MessageListProps): ReactNode {
  const list = useRef<HTMLDivElement>(null);
  const isFollowing = useRef(true);
  const [isAway, setAway] = useState(false);
  const { length } = messages;

  useEffect(() => {
    // A new question is where everybody wants to be.
    isFollowing.current = true;
  }, [length]);
  useLayoutEffect(() => {
    const { current } = list;
    if (current !== null && isFollowing.current) current.scrollTop = current.scrollHeight;
  }, [messages]);

  return (
    <div className="messages-frame">
      <div
        ref={list}
        className="messages"
        role="log"
        aria-label="Conversation"
        // What is said is announced in whole sentences by a region of its own.
        aria-live="off"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isFollowing.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
          setAway(!isFollowing.current);
        }}
      >
        <div className="column">
          {messages.map((message, index) => (
            <ChatMessage
              key={message.id}
              message={message}
              isReconnecting={isReconnecting && index === length - 1}
              onRetry={index === length - 1 ? onRetry : undefined}
            />
          ))}
        </div>
      </div>
      {isAway && (
        <button
          className="button round to-end"
          type="button"
          aria-label="Go to the end"
          onClick={() => {
            list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'smooth' });
          }}
        >
          <Icon name="down" />
        </button>
      )}
    </div>
  );
}
