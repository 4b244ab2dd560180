import { useEffect, useRef, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from '../ui/icons.js';

interface SearchFieldProps {
  readonly query: string;
  readonly onChange: (query: string) => void;
}

/** Looks through titles and messages. Ctrl+K (⌘K) leads here, Escape empties it. */
export function SearchField({ query, onChange }: SearchFieldProps): ReactNode {
  const texts = useTexts();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, []);
  return (
    <div className="search" role="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        aria-label={texts.searchPlaceholder}
        placeholder={texts.search}
        aria-keyshortcuts="Control+K Meta+K"
        maxLength={200}
        value={query}
        onChange={({ target }) => {
          onChange(target.value);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || query === '') return;
          event.preventDefault();
          onChange('');
        }}
      />
      {query !== '' && (
        <button
          type="button"
          className="tool-button"
          aria-label={texts.clearSearch}
          onClick={() => {
            onChange('');
            field.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
