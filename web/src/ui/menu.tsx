import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Icon, type IconName } from './icons.js';

export interface MenuEntry {
  readonly icon: IconName;
  readonly label: string;
  readonly isDanger?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
}

/** A button with a list of things to do. Arrows walk, Escape closes, and so does whatever else gets the focus. */
export function Menu({ label, entries }: MenuProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    frame.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    frame.current?.querySelector('[role=menu]')?.scrollIntoView({ block: 'nearest' });
    const onPointer = ({ target }: PointerEvent): void => {
      if (frame.current?.contains(target as Node) === false) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointer);
    return () => {
      document.removeEventListener('pointerdown', onPointer);
    };
  }, [isOpen]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isOpen) return;
    const items = [...(frame.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const index = items.indexOf(document.activeElement as HTMLElement);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      Home: 0,
      End: -1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      items.at(step % items.length)?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (event.key === 'Tab') setOpen(false);
  }

  return (
    <div className="menu-frame" ref={frame} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className="more"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        <Icon name="more" />
      </button>
      {isOpen && (
        <div className="menu-list" role="menu" aria-label={label}>
          {entries.map(({ icon, label: name, isDanger, onChoose }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-danger={isDanger}
              onClick={() => {
                close();
                onChoose();
              }}
            >
              <Icon name={icon} /> {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
