import { memo, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { ConversationMessage } from '@tollgate/client/react';
import { ChatMessage } from '../message/chat-message.js';
import type { MessageActions } from '../message/message-actions.js';

/** Messages that are drawn, or left out, together. */
export const CHUNK = 20;
/** How far beyond the window messages are drawn, CSS pixels: further than somebody scrolls between two frames. */
const MARGIN_PX = 2000;
/** Of a message that was never drawn. */
const GUESSED_HEIGHT_PX = 140;

interface MessageChunkProps {
  readonly messages: readonly ConversationMessage[];
  /** Drawn wherever it is. */
  readonly isPinned: boolean;
  /** The last message of the conversation, if it is here. */
  readonly lastId: string | undefined;
  readonly isBusy: boolean;
  /** Why the running answer does not go on at the moment. */
  readonly pause: string | undefined;
  readonly actions: MessageActions;
}

/** Some messages of a long conversation: themselves where they can be seen, else the place that they take. */
export const MessageChunk = memo(
  function MessageChunk(props: MessageChunkProps): ReactNode {
    const { messages, isPinned, lastId, isBusy, pause, actions } = props;
    const frame = useRef<HTMLDivElement>(null);
    const height = useRef(messages.length * GUESSED_HEIGHT_PX);
    const [isNear, setNear] = useState(isPinned);
    const isDrawn = isNear || isPinned;

    useEffect(() => {
      const { current } = frame;
      if (current === null || isPinned) return;
      const observer = new IntersectionObserver(
        (entries) => {
          const { isIntersecting = false, boundingClientRect } = entries.at(-1) ?? {};
          // The place that it has taken is kept for it.
          if (!isIntersecting && boundingClientRect !== undefined) height.current = boundingClientRect.height;
          setNear(isIntersecting);
        },
        { root: current.closest('[data-scrolls]'), rootMargin: `${MARGIN_PX}px 0px` },
      );
      observer.observe(current);
      return () => {
        observer.disconnect();
      };
    }, [isPinned]);
    useLayoutEffect(() => {
      if (isDrawn) holdStill(frame.current, height.current);
    }, [isDrawn]);

    return (
      <div ref={frame} className="chunk" style={isDrawn ? undefined : { height: height.current }}>
        {isDrawn &&
          messages.map((message) => (
            <ChatMessage
              key={message.id}
              message={message}
              isLast={message.id === lastId}
              isBusy={isBusy}
              pause={message.id === lastId ? pause : undefined}
              actions={actions}
            />
          ))}
      </div>
    );
  },
  (before, after) =>
    before.isPinned === after.isPinned &&
    before.lastId === after.lastId &&
    before.isBusy === after.isBusy &&
    before.pause === after.pause &&
    before.actions === after.actions &&
    before.messages.length === after.messages.length &&
    before.messages.every((message, index) => message === after.messages[index]),
);

/** What is drawn above the window in another height than was guessed must not move what is in it. Most browsers see to that themselves. */
function holdStill(frame: HTMLElement | null, before: number): void {
  const list = frame?.closest('[data-scrolls]');
  if (frame === null || list === null || list === undefined) return;
  if (CSS.supports('overflow-anchor', 'auto')) return;
  const { bottom, height } = frame.getBoundingClientRect();
  if (bottom < list.getBoundingClientRect().top) list.scrollTop += height - before;
}
