import type { HTMLAttributes, ReactElement, ReactNode } from 'react';
import type { Components } from 'react-markdown';
import { useTexts } from '../i18n/i18n.js';
import { CodeBlock } from './code-block.js';

type Shown = HTMLAttributes<HTMLElement> & { readonly node?: unknown };

/** A block whose own words decide in which direction it runs. */
function directed(Tag: 'p' | 'li' | 'blockquote' | 'td' | 'th' | 'h3' | 'h4' | 'h5' | 'h6') {
  return function Directed({ node: _node, ...rest }: Shown): ReactNode {
    return <Tag dir="auto" {...rest} />;
  };
}

/** How markdown's elements are shown. The page has its own h1 and h2. */
export const ELEMENTS: Components = {
  p: directed('p'),
  li: directed('li'),
  blockquote: directed('blockquote'),
  td: directed('td'),
  th: directed('th'),
  h1: directed('h3'),
  h2: directed('h4'),
  h3: directed('h5'),
  h4: directed('h6'),
  h5: directed('h6'),
  h6: directed('h6'),
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  // A picture that is fetched from somewhere tells that place who reads it: a link asks first.
  img: ({ src, alt }) => {
    const href = typeof src === 'string' ? src : undefined;
    return <Link href={href}>{alt === undefined || alt === '' ? href : alt}</Link>;
  },
  input: ({ checked }) => <Task isDone={checked === true} />,
  table: ({ node: _node, ...rest }) => <Table {...rest} />,
  pre: ({ children }) => {
    const { className = '', children: code = '' } = (
      children as ReactElement<{ className?: string; children?: ReactNode }>
    ).props;
    const [, language = ''] = /language-(\S+)/.exec(className) ?? [];
    return <CodeBlock text={String(code as string).replace(/\n$/, '')} language={language} />;
  },
};

/** Scrolls inside, also with the keyboard. */
function Table(props: HTMLAttributes<HTMLTableElement>): ReactNode {
  const { table } = useTexts();
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label={table}>
      <table {...props} />
    </div>
  );
}

function Task({ isDone }: { readonly isDone: boolean }): ReactNode {
  const { taskDone, taskOpen } = useTexts();
  return <input type="checkbox" checked={isDone} disabled aria-label={isDone ? taskDone : taskOpen} />;
}

/** Only web and mail addresses can be followed, and the page they lead to learns nothing of this one. */
function Link({
  href,
  children,
}: {
  readonly href: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  if (href === undefined || !/^(https?:|mailto:)/i.test(href)) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
