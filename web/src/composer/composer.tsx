import { useCallback, useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import type { AttachedFile } from '@tollgate/client';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';
import { AttachButton } from './attach-button.js';
import { UploadList } from './upload-list.js';
import { useDraft } from './draft.js';
import { useComposing } from './use-composing.js';
import { useDrop } from './use-drop.js';
import { MAX_FILES, useUploads } from './use-uploads.js';

interface ComposerProps {
  readonly isLoading: boolean;
  /** Nothing can be sent yet. */
  readonly isBlocked: boolean;
  /** Nothing can be asked here. */
  readonly isClosed: boolean;
  readonly chatflowId: string;
  /** MIME types that may be sent along; undefined: none. */
  readonly fileTypes: readonly string[] | undefined;
  readonly onSend: (question: string, attachments: readonly AttachedFile[]) => void;
  readonly onStop: () => void;
  /** A question that could not be asked comes back into the field. */
  readonly returned: string | undefined;
}

/** Where the question is written. Enter sends, Shift+Enter makes a line, Escape stops a running answer. */
export function Composer(props: ComposerProps): ReactNode {
  const { isLoading, isBlocked, isClosed, chatflowId, fileTypes, onSend, onStop, returned } = props;
  const texts = useTexts();
  const [text, setText] = useDraft();
  const [hint, setHint] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const { isComposing, onCompositionEnd } = useComposing();
  const { uploads, isUploading, attachments, add, remove, clear } = useUploads(chatflowId);
  const takesFiles = fileTypes !== undefined;

  useEffect(() => {
    if (returned !== undefined) setText((current) => (current === '' ? returned : current));
  }, [returned]);
  useEffect(() => {
    const { current } = field;
    if (current === null) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);

  const take = useCallback(
    (files: readonly File[]): void => {
      if (files.length === 0) return;
      const left = takesFiles ? add(files) : 0;
      setHint(takesFiles ? (left > 0 ? texts.tooManyFiles(MAX_FILES) : undefined) : texts.noFilesHere);
      field.current?.focus();
    },
    [add, takesFiles, texts],
  );
  const isOver = useDrop(true, take);

  const canSend = text.trim() !== '' && !isUploading && !isBlocked && !isClosed;
  function send(event?: FormEvent): void {
    event?.preventDefault();
    if (isLoading || !canSend) return;
    onSend(text, attachments);
    setText('');
    setHint(undefined);
    clear();
    field.current?.focus();
  }

  return (
    <form className="composer" onSubmit={send} data-over={isOver}>
      <UploadList uploads={uploads} onRemove={remove} />
      {hint !== undefined && (
        <p className="composer-hint" role="status">
          {hint}
        </p>
      )}
      {takesFiles && <AttachButton types={fileTypes} onFiles={take} />}
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        aria-label={texts.yourMessage}
        placeholder={isOver ? texts.dropHere : texts.askSomething}
        value={text}
        readOnly={isClosed}
        autoFocus
        onChange={({ target }) => {
          setText(target.value);
        }}
        onPaste={(event) => {
          const { files } = event.clipboardData;
          if (files.length === 0) return;
          event.preventDefault();
          take([...files]);
        }}
        onCompositionEnd={onCompositionEnd}
        onKeyDown={(event) => {
          if (isComposing(event)) return;
          if (event.key === 'Enter' && !event.shiftKey) send(event);
          if (event.key === 'Escape' && isLoading) onStop();
        }}
      />
      {isLoading ? (
        <button className="button round" type="button" onClick={onStop} aria-label={texts.stopAnswering}>
          <Icon name="stop" />
        </button>
      ) : (
        <button className="button round primary" type="submit" disabled={!canSend} aria-label={texts.send}>
          <Icon name="send" />
        </button>
      )}
    </form>
  );
}
