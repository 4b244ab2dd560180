import { Fragment, memo, useMemo, type ReactNode } from 'react';
import { lexer, type Token, type Tokens } from 'marked';

/**
 * Markdown as React elements. No HTML is ever made from the text: what looks like HTML is shown as it is written, pictures become links, and
 * only web and mail addresses can be followed.
 */
export function Markdown({ text }: { readonly text: string }): ReactNode {
  const blocks = useMemo(() => lexer(text, { gfm: true, breaks: true }), [text]);
  return (
    <div className="markdown">
      {blocks.map((block, index) => (
        // While an answer grows only its last block changes.
        <Block key={index} token={block} raw={block.raw} />
      ))}
    </div>
  );
}

const Block = memo(
  ({ token }: { readonly token: Token; readonly raw: string }) => renderBlock(token),
  (before, after) => before.raw === after.raw,
);

function renderBlock(token: Token): ReactNode {
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading': {
      // The page has its own h1 and h2.
      const Heading = `h${Math.min((token as Tokens.Heading).depth + 2, 6)}` as 'h3';
      return <Heading>{inline((token as Tokens.Heading).tokens)}</Heading>;
    }
    case 'paragraph':
      return <p>{inline((token as Tokens.Paragraph).tokens)}</p>;
    case 'code':
      return <CodeBlock token={token as Tokens.Code} />;
    case 'blockquote':
      return <blockquote>{blocks((token as Tokens.Blockquote).tokens)}</blockquote>;
    case 'hr':
      return <hr />;
    case 'list':
      return renderList(token as Tokens.List);
    case 'table':
      return renderTable(token as Tokens.Table);
    case 'text': {
      const text = token as Tokens.Text;
      return text.tokens === undefined ? text.text : inline(text.tokens);
    }
    default:
      return <p>{token.raw}</p>;
  }
}

function renderList({ ordered, start, items }: Tokens.List): ReactNode {
  const entries = items.map((item, index) => (
    <li key={index}>
      {item.task && <input type="checkbox" checked={item.checked === true} disabled aria-label="Done" />}
      {blocks(item.tokens.filter(({ type }) => type !== 'checkbox'))}
    </li>
  ));
  return ordered ? <ol start={start === '' ? 1 : start}>{entries}</ol> : <ul>{entries}</ul>;
}

function renderTable({ header, rows }: Tokens.Table): ReactNode {
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index}>{inline(cell.tokens)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{inline(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CodeBlock({ token }: { readonly token: Tokens.Code }): ReactNode {
  return (
    <pre tabIndex={0}>
      <code>{token.text}</code>
    </pre>
  );
}

function blocks(tokens: readonly Token[]): ReactNode {
  return tokens.map((token, index) => <Fragment key={index}>{renderBlock(token)}</Fragment>);
}

function inline(tokens: readonly Token[] | undefined): ReactNode {
  return tokens?.map((token, index) => <Fragment key={index}>{renderInline(token)}</Fragment>);
}

function renderInline(token: Token): ReactNode {
  switch (token.type) {
    case 'strong':
      return <strong>{inline(token.tokens)}</strong>;
    case 'em':
      return <em>{inline(token.tokens)}</em>;
    case 'del':
      return <del>{inline(token.tokens)}</del>;
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br />;
    case 'escape':
      return (token as Tokens.Escape).text;
    case 'link':
    case 'image': {
      const { href, text } = token as Tokens.Link;
      const shown = token.type === 'link' ? inline(token.tokens) : text || href;
      return isSafeLink(href) ? (
        <a href={href} target="_blank" rel="noopener noreferrer">
          {shown}
        </a>
      ) : (
        shown
      );
    }
    case 'text': {
      const { tokens, text } = token as Tokens.Text;
      return tokens === undefined ? unescapeEntities(text) : inline(tokens);
    }
    default:
      return token.raw;
  }
}

function isSafeLink(href: string): boolean {
  return /^(https?:|mailto:)/i.test(href.trim());
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** Markdown may name characters as HTML does. */
function unescapeEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}
