import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from './icons.js';

interface DialogProps {
  readonly title: string;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A window above the page. Escape, its button and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ title, className = '', onClose, children }: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const { close } = useTexts();
  useEffect(() => {
    const { current } = dialog;
    const focused = document.activeElement;
    current?.showModal();
    return () => {
      current?.close();
      if (focused instanceof HTMLElement) focused.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`card dialog ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target }) => {
        if (target === dialog.current) onClose();
      }}
    >
      <div className="dialog-body">
        <header>
          <h2 id={titleId}>{title}</h2>
          <button className="button icon-only" type="button" aria-label={close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
