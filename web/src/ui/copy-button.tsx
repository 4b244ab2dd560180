import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTexts } from '../i18n/i18n.js';
import { Icon } from './icons.js';

const SHOWN_MS = 2000;

/** Copies, and says that it has. */
export function CopyButton({
  text,
  what,
}: {
  readonly text: string;
  readonly what: 'code' | 'answer' | 'question';
}): ReactNode {
  const texts = useTexts();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  const label = { code: texts.copyCode, answer: texts.copyAnswer, question: texts.copyQuestion }[what];
  const said = { idle: label, copied: texts.copied, failed: texts.copyFailed }[state];
  return (
    <button
      className="tool-button"
      type="button"
      aria-label={said}
      title={said}
      data-state={state}
      onClick={() => {
        void copy(text).then((isCopied) => {
          setState(isCopied ? 'copied' : 'failed');
          clearTimeout(timer.current);
          timer.current = setTimeout(() => {
            setState('idle');
          }, SHOWN_MS);
        });
      }}
    >
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
    </button>
  );
}

/** Pages served over plain http have no clipboard, but the browser's old command. Never rejects. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'visually-hidden';
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  // Deprecated, and the only way there is without a secure context.
  const isCopied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
