import type { ReactNode } from 'react';
import { lazily } from './lazily.js';

/** The parser is a third of the page, and not needed before there is something to read. */
export const useMarkdown = lazily(() => import('./markdown.js'));

/** Markdown as elements; as it was written until the parser is there. */
export function LazyMarkdown({ text }: { readonly text: string }): ReactNode {
  const loaded = useMarkdown(true);
  if (loaded === undefined) return <div className="markdown as-written">{text}</div>;
  return <loaded.Markdown text={text} />;
}
