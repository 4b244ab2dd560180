import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useComposing } from '../composer/use-composing.js';
import { useTexts } from '../i18n/i18n.js';

interface EditQuestionProps {
  readonly question: string;
  readonly onSend: (question: string) => void;
  readonly onCancel: () => void;
}

/** The question in a field: what is sent becomes a branch beside it. */
export function EditQuestion({ question, onSend, onCancel }: EditQuestionProps): ReactNode {
  const texts = useTexts();
  const [text, setText] = useState(question);
  const field = useRef<HTMLTextAreaElement>(null);
  const { isComposing, onCompositionEnd } = useComposing();
  useEffect(() => {
    const { current } = field;
    current?.focus();
    current?.setSelectionRange(current.value.length, current.value.length);
  }, []);
  useEffect(() => {
    const { current } = field;
    if (current === null) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);
  const isBlank = text.trim() === '';
  return (
    <form
      className="edit-question"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBlank) onSend(text);
      }}
    >
      <textarea
        ref={field}
        dir="auto"
        aria-label={texts.editedQuestion}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
        }}
        onCompositionEnd={onCompositionEnd}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === 'Escape') onCancel();
          if (event.key !== 'Enter' || event.shiftKey) return;
          event.preventDefault();
          if (!isBlank) onSend(text);
        }}
      />
      <div className="dialog-actions">
        <button className="button small" type="button" onClick={onCancel}>
          {texts.cancel}
        </button>
        <button className="button small primary" type="submit" disabled={isBlank}>
          {texts.sendEdited}
        </button>
      </div>
    </form>
  );
}
