import { useState, type ReactNode } from 'react';
import type { Session } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import { useTexts } from '../i18n/i18n.js';
import { tollgate } from '../tollgate.js';
import { Dialog } from '../ui/dialog.js';

interface DeleteDialogProps {
  readonly session: Session;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Asks before a conversation is deleted, and says when that did not work. */
export function DeleteDialog({ session, onClose, onDeleted }: DeleteDialogProps): ReactNode {
  const texts = useTexts();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);

  async function remove(): Promise<void> {
    setBusy(true);
    try {
      await tollgate.sessions.delete(session.id);
      onDeleted();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <Dialog title={texts.deleteTitle} onClose={onClose}>
      <p dir="auto">{texts.deleteText(session.topic)}</p>
      {error !== undefined && (
        <p className="form-error" role="alert">
          {describeError(error, texts)}
        </p>
      )}
      <div className="dialog-actions">
        <button className="button" type="button" onClick={onClose} autoFocus>
          {texts.cancel}
        </button>
        <button className="button danger" type="button" disabled={isBusy} onClick={() => void remove()}>
          {texts.delete}
        </button>
      </div>
    </Dialog>
  );
}
