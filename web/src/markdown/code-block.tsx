import { memo, useEffect, useRef, useState, type ReactNode } from 'react';
import { CopyButton } from '../ui/copy-button.js';
import { lazily } from './lazily.js';

const useHighlighter = lazily(() => import('./highlighter.js'));

/** Colouring while it is written costs the whole block again each time. */
const HIGHLIGHT_INTERVAL_MS = 300;
/** Longer code is shown plain: nobody reads it here. In UTF-16 code units. */
const MAX_HIGHLIGHTED_CHARACTERS = 60_000;

interface CodeBlockProps {
  readonly text: string;
  readonly language: string;
}

/** Code with its language and a button that copies it; coloured once that can be done. */
export const CodeBlock = memo(function CodeBlock({ text, language }: CodeBlockProps): ReactNode {
  const tools = useHighlighter(language !== '' && text.length < MAX_HIGHLIGHTED_CHARACTERS);
  const settled = useSettled(text);
  const coloured =
    tools !== undefined && settled.length < MAX_HIGHLIGHTED_CHARACTERS
      ? tools.highlight(settled, language.toLowerCase())
      : undefined;
  return (
    <figure className="code" dir="ltr">
      <figcaption>
        <span>{language}</span>
        <CopyButton text={text} what="code" />
      </figcaption>
      <pre tabIndex={0}>
        <code>
          {coloured}
          {coloured === undefined ? text : text.slice(settled.length)}
        </code>
      </pre>
    </figure>
  );
});

/** The text as it was a moment ago: changes at most once per interval, and is whole when nothing comes any more. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  const latest = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    latest.current = text;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      setSettled(latest.current);
    }, HIGHLIGHT_INTERVAL_MS);
  }, [text]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return text.startsWith(settled) ? settled : text;
}
