import { memo, type ReactNode } from 'react';
import type { SourceDocument } from '../stream/stream-event.js';
import type { StreamingMessageTexts } from './streaming-texts.js';

interface SourcesViewProps {
  readonly sources: readonly SourceDocument[];
  readonly texts: StreamingMessageTexts;
}

/** What an answer rests on: each source opens, to its text here and to its place where it has an address. */
export const SourcesView = memo(function SourcesView({ sources, texts }: SourcesViewProps): ReactNode {
  return (
    <details className="tollgate-sources">
      <summary>{texts.sources(sources.length)}</summary>
      <ol>
        {sources.map((source, index) => (
          <li key={index}>
            <SourceView source={source} name={texts.source(index + 1)} />
          </li>
        ))}
      </ol>
    </details>
  );
});

function SourceView({
  source: { title, url, text },
  name,
}: {
  readonly source: SourceDocument;
  readonly name: string;
}): ReactNode {
  const shown = title ?? url ?? name;
  // A source is the upstream's text: only a web address becomes a link.
  const link =
    url !== undefined && /^https?:\/\//i.test(url) ? (
      <a href={url} target="_blank" rel="noopener noreferrer">
        {title === undefined ? url : hostOf(url)}
      </a>
    ) : undefined;
  if (text === '') return <cite>{link === undefined ? shown : linkWith(url ?? '', shown)}</cite>;
  return (
    <details className="tollgate-source">
      <summary>
        <cite dir="auto">{shown}</cite>
      </summary>
      <p dir="auto">{text}</p>
      {link}
    </details>
  );
}

function linkWith(url: string, shown: string): ReactNode {
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {shown}
    </a>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
