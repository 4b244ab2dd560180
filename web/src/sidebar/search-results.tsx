import type { ReactNode } from 'react';
import type { Highlight, SearchResult } from '@tollgate/client';
import { describeError } from '../i18n/describe-error.js';
import { useTexts } from '../i18n/i18n.js';
import { useSearch } from './use-search.js';

const MATCHES_SHOWN = 3;

interface SearchResultsProps {
  readonly query: string;
  readonly conversationId: string | undefined;
  readonly onShow: (conversationId: string, messageId?: string) => void;
}

/** Conversations in which something was found, each with where. */
export function SearchResults({ query, conversationId, onShow }: SearchResultsProps): ReactNode {
  const texts = useTexts();
  const { results = [], isSearching, error, hasMore, loadMore } = useSearch(query);
  const isEmpty = !isSearching && results.length === 0 && error === undefined && !hasMore;
  return (
    <nav aria-label={texts.search} aria-busy={isSearching} data-scrolls>
      <p className="hint" role="status">
        {isSearching && results.length === 0 && texts.searching}
        {isEmpty && texts.nothingFound}
        {error !== undefined && describeError(error, texts)}
      </p>
      <ul className="results">
        {results.map((result) => (
          <Result
            key={result.session.id}
            result={result}
            isCurrent={result.session.id === conversationId}
            onShow={onShow}
          />
        ))}
      </ul>
      {hasMore && (
        <button className="button small" type="button" disabled={isSearching} onClick={loadMore}>
          {texts.moreResults}
        </button>
      )}
    </nav>
  );
}

function Result({
  result: { session, topicHighlights, matches },
  isCurrent,
  onShow,
}: {
  readonly result: SearchResult;
  readonly isCurrent: boolean;
  readonly onShow: (conversationId: string, messageId?: string) => void;
}): ReactNode {
  return (
    <li data-current={isCurrent}>
      <button
        type="button"
        aria-current={isCurrent ? 'page' : undefined}
        onClick={() => {
          onShow(session.id);
        }}
      >
        <Highlighted text={session.topic} highlights={topicHighlights} />
      </button>
      {matches.slice(0, MATCHES_SHOWN).map(({ messageId, excerpt, highlights, cutBefore, cutAfter }) => (
        <button
          key={messageId}
          type="button"
          className="match"
          dir="auto"
          onClick={() => {
            onShow(session.id, messageId);
          }}
        >
          {cutBefore === true && '… '}
          <Highlighted text={excerpt} highlights={highlights} />
          {cutAfter === true && ' …'}
        </button>
      ))}
    </li>
  );
}

function Highlighted({
  text,
  highlights,
}: {
  readonly text: string;
  readonly highlights: readonly Highlight[];
}): ReactNode {
  const parts: ReactNode[] = [];
  let taken = 0;
  for (const { start, length } of highlights) {
    parts.push(text.slice(taken, start), <mark key={start}>{text.slice(start, start + length)}</mark>);
    taken = start + length;
  }
  return (
    <>
      {parts}
      {text.slice(taken)}
    </>
  );
}
