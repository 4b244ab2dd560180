import { memo, useMemo, type ReactNode } from 'react';
import ReactMarkdown, { type Options } from 'react-markdown';
import remarkBreaks from 'remark-breaks';
import remarkGfm from 'remark-gfm';
import { CodeBlock } from './code-block.js';
import { ELEMENTS } from './elements.js';
import { prepareFormulas } from './formulas.js';
import { lazily } from './lazily.js';
import { remarkLineBreaks } from './remark-written.js';
import { splitMarkdown } from './segments.js';

const useFormulas = lazily(() => import('./formula-plugins.js'));
const BASE: NonNullable<Options['remarkPlugins']> = [remarkGfm, remarkBreaks, remarkLineBreaks];

/**
 * Markdown as React elements. No HTML is ever made from the text: what looks like HTML is shown as it is written, pictures become links, and
 * only web and mail addresses can be followed.
 */
export const Markdown = memo(function Markdown({ text }: { readonly text: string }): ReactNode {
  const segments = useMemo(() => splitMarkdown(text), [text]);
  return (
    <div className="markdown">
      {segments.map(({ source, code }, index) =>
        code === undefined ? (
          // While an answer grows only its last piece changes.
          <Piece key={index} source={source} />
        ) : (
          <CodeBlock key={index} text={code.text} language={code.language} />
        ),
      )}
    </div>
  );
});

const Piece = memo(function Piece({ source }: { readonly source: string }): ReactNode {
  const asMath = useMemo(() => prepareFormulas(source, 'math'), [source]);
  const plugins = useFormulas(asMath.hasFormulas);
  const isMath = asMath.hasFormulas && plugins !== undefined;
  const markdown = asMath.hasFormulas && !isMath ? prepareFormulas(source, 'code').markdown : asMath.markdown;
  return (
    <ReactMarkdown
      components={ELEMENTS}
      remarkPlugins={isMath ? [...BASE, ...plugins.remarkFormulas] : BASE}
      rehypePlugins={isMath ? ([plugins.rehypeFormulas] as unknown as Options['rehypePlugins']) : []}
      urlTransform={asWritten}
    >
      {markdown}
    </ReactMarkdown>
  );
});

/** The elements decide what can be followed. */
function asWritten(url: string): string {
  return url;
}
