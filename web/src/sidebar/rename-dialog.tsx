import { useState, type FormEvent, type ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import { useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';
import { Dialog } from '../ui/dialog.js';

const MAX_TOPIC_CHARACTERS = 200;

interface RenameDialogProps {
  readonly session: Session;
  readonly onClose: () => void;
  readonly onRenamed: () => void;
}

export function RenameDialog({ session, onClose, onRenamed }: RenameDialogProps): ReactNode {
  const texts = useTexts();
  const [topic, setTopic] = useState(session.topic);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    try {
      await tollgate.sessions.rename(session.id, topic.trim());
      onRenamed();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={texts.rename} onClose={onClose}>
      <form onSubmit={(event) => void save(event)}>
        <input
          aria-label={texts.conversationName}
          className="field"
          dir="auto"
          required
          autoFocus
          maxLength={MAX_TOPIC_CHARACTERS}
          value={topic}
          onFocus={({ target }) => {
            target.select();
          }}
          onChange={({ target }) => {
            setTopic(target.value);
          }}
        />
        {error !== undefined && (
          <p className="form-error" role="alert">
            {describeError(error, texts)}
          </p>
        )}
        <div className="dialog-actions">
          <button className="button" type="button" onClick={onClose}>
            {texts.cancel}
          </button>
          <button className="button primary" type="submit" disabled={isBusy || topic.trim() === ''}>
            {texts.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
