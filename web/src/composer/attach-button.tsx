import { useRef, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface AttachButtonProps {
  /** Empty: any. */
  readonly types: readonly string[];
  readonly onFiles: (files: readonly File[]) => void;
}

export function AttachButton({ types, onFiles }: AttachButtonProps): ReactNode {
  const { attach } = useTexts();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        tabIndex={-1}
        aria-hidden="true"
        accept={types.join(',')}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // The same file may be chosen again.
          target.value = '';
        }}
      />
      <button
        className="button icon-only attach"
        type="button"
        aria-label={attach}
        title={attach}
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
    </>
  );
}
