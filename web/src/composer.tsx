import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Icon } from './icons.js';

interface ComposerProps {
  readonly isLoading: boolean;
  readonly onSend: (question: string) => void;
  readonly onStop: () => void;
  /** A question that could not be asked comes back into the field. */
  readonly returned: string | undefined;
}

/** Where the question is written. Enter sends, Shift+Enter makes a line, Escape stops a running answer. */
export function Composer({ isLoading, onSend, onStop, returned }: ComposerProps): ReactNode {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (returned !== undefined) setText((current) => (current === '' ? returned : current));
  }, [returned]);
  useEffect(() => {
    const { current } = field;
    if (current === null) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);

  function send(event?: FormEvent): void {
    event?.preventDefault();
    if (isLoading || text.trim() === '') return;
    onSend(text);
    setText('');
    field.current?.focus();
  }

  return (
    <form className="composer" onSubmit={send}>
      <textarea
        ref={field}
        rows={1}
        aria-label="Your message"
        placeholder="Ask something …"
        value={text}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          // Enter that ends the composition of a character is not for us.
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
          if (event.key === 'Escape' && isLoading) onStop();
        }}
      />
      {isLoading ? (
        <button className="button round" type="button" onClick={onStop} aria-label="Stop answering">
          <Icon name="stop" />
        </button>
      ) : (
        <button
          className="button round primary"
          type="submit"
          disabled={text.trim() === ''}
          aria-label="Send"
        >
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
