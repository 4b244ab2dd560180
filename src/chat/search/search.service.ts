import { setImmediate as immediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../records/chat-message.js';
import type { ChatSession } from '../records/chat-session.js';
import { HistoryStore } from '../records/history.store.port.js';
import { excerptOf, hitsIn, type Excerpt, type Highlight } from './excerpt.js';
import { decodeSearchCursor, encodeSearchCursor } from './search-cursor.js';
import { SearchIndexStore, type EntryCursor, type FoundEntry } from './search-index.store.port.js';
import { parseQuery, type SearchQuery, type WantedWord } from './search-query.js';

/** A message that holds something of what was looked for. */
export interface MessageMatch extends Excerpt {
  readonly message: ChatMessage;
}

/** A session in which it was found. */
export interface FoundSession {
  readonly session: ChatSession;
  /** In its topic; empty when the title does not have all words. */
  readonly topicHighlights: readonly Highlight[];
  /** Newest turn first; a question stands before its answer. */
  readonly matches: readonly MessageMatch[];
}

export interface FoundPage {
  readonly sessions: readonly FoundSession[];
  readonly nextCursor: string | null;
}

/** Entries that one request looks at, at most; then its page ends, and the next goes on. */
export const MAX_ENTRIES_PER_SEARCH = 1000;
/** Entries that are read at once, and narrowed by one query for each further term, at most; at first no more than a page holds. */
const ENTRIES_PER_BATCH = 100;
/** Turns whose texts are read by one query, at least: where few have what is looked for, queries would be many. */
const LEAST_TEXTS_AT_ONCE = 25;
/** By how much more are read next time when they were too few. */
const BATCH_GROWTH = 4;
/** Up to here it is counted how many entries have a term: in the index, without reading one. */
const MAX_COUNTED = 1000;

interface Match {
  readonly entry: FoundEntry;
  readonly session: ChatSession;
  readonly topicHighlights: readonly Highlight[];
  readonly messages: readonly MessageMatch[];
}

/** Finds in a user's own messages and titles. The index gives candidates; what is shown was found in the texts themselves. */
@Injectable()
export class SearchService {
  constructor(
    private readonly index: SearchIndexStore,
    private readonly history: HistoryStore,
  ) {}

  /**
   * Newest first.
   * @param limit of turns and titles
   * @throws AppError `validation_failed`
   */
  async search(userId: string, text: string, limit: number, after?: string): Promise<FoundPage> {
    const query = parseQuery(text);
    const [rarest = '', ...others] = await this.byRarity(userId, query.lookUps);
    const matches: Match[] = [];
    let cursor: EntryCursor | undefined = after === undefined ? undefined : decodeSearchCursor(after);
    // Of a term alone nearly all are found, and of common words many: one more tells whether the list goes on.
    let wanted = Math.min(limit + 1, ENTRIES_PER_BATCH);
    for (let looked = 0; looked < MAX_ENTRIES_PER_SEARCH && matches.length < limit;) {
      const entries = await this.index.find(userId, rarest, wanted, cursor);
      looked += entries.length;
      const room = limit - matches.length;
      const narrowed = await this.narrow(userId, entries, others);
      const found = await this.firstMatches(userId, narrowed, query, room + 1);
      matches.push(...found.slice(0, room));
      if (found.length > room) return pageOf(matches, matches.at(-1)?.entry);
      if (entries.length < wanted) return pageOf(matches, undefined);
      cursor = entries.at(-1);
      wanted = Math.min(wanted * BATCH_GROWTH, ENTRIES_PER_BATCH);
    }
    return pageOf(matches, cursor);
  }

  /** The term that the fewest entries have first. */
  private async byRarity(userId: string, terms: readonly string[]): Promise<readonly string[]> {
    if (terms.length < 2) return terms;
    const counts = await Promise.all(terms.map((term) => this.index.count(userId, term, MAX_COUNTED)));
    return terms
      .map((term, place) => ({ term, count: counts[place] ?? 0 }))
      .sort((a, b) => a.count - b.count)
      .map(({ term }) => term);
  }

  private async narrow(
    userId: string,
    entries: readonly FoundEntry[],
    terms: readonly string[],
  ): Promise<readonly FoundEntry[]> {
    let left = entries;
    for (const term of terms) {
      if (left.length === 0) break;
      const having = await this.index.having(userId, left, term);
      left = left.filter(({ id }) => having.has(id));
    }
    return left;
  }

  /** Not many more texts are read than it takes. @returns at least so many, unless there are fewer */
  private async firstMatches(
    userId: string,
    entries: readonly FoundEntry[],
    query: SearchQuery,
    least: number,
  ): Promise<readonly Match[]> {
    const matches: Match[] = [];
    const atOnce = Math.max(least, LEAST_TEXTS_AT_ONCE);
    for (let from = 0; from < entries.length && matches.length < least; from += atOnce)
      matches.push(...(await this.matchesOf(userId, entries.slice(from, from + atOnce), query)));
    return matches;
  }

  private async matchesOf(
    userId: string,
    entries: readonly FoundEntry[],
    { words }: SearchQuery,
  ): Promise<readonly Match[]> {
    if (entries.length === 0) return [];
    const [messages, sessions] = await Promise.all([
      this.history.findMessages(
        userId,
        entries.flatMap(({ messageIds }) => messageIds),
      ),
      this.history.findSessions(userId, [...new Set(entries.map(({ sessionId }) => sessionId))]),
    ]);
    const messageOf = new Map(messages.map((message) => [message.id, message]));
    const sessionOf = new Map(sessions.map((session) => [session.id, session]));
    const matches: Match[] = [];
    for (const entry of entries) {
      const session = sessionOf.get(entry.sessionId);
      if (session === undefined) continue;
      const shown = entry.messageIds.flatMap((id) => messageOf.get(id) ?? []);
      const found = matchOf(entry, session, shown, words);
      if (found !== undefined) matches.push(found);
      // A long answer takes a millisecond.
      await immediate();
    }
    return matches;
  }
}

/** @returns undefined when the texts do not hold all words */
function matchOf(
  entry: FoundEntry,
  session: ChatSession,
  messages: readonly ChatMessage[],
  words: readonly WantedWord[],
): Match | undefined {
  const inTopic = hitsIn(session.topic, words);
  const topicHighlights = inTopic.met.size === words.length ? inTopic.places : [];
  if (entry.kind === 'title')
    return topicHighlights.length === 0 ? undefined : { entry, session, topicHighlights, messages: [] };
  const hits = messages.map((message) => ({ message, ...hitsIn(message.content, words) }));
  const met = new Set(hits.flatMap((one) => [...one.met]));
  if (met.size < words.length) return undefined;
  return {
    entry,
    session,
    topicHighlights,
    messages: hits
      .filter(({ places }) => places.length > 0)
      .map(({ message, places }) => ({ message, ...excerptOf(message.content, places) })),
  };
}

/** @param last where the next page goes on; undefined: there is none */
function pageOf(matches: readonly Match[], last: EntryCursor | undefined): FoundPage {
  const sessions = new Map<string, FoundSession>();
  for (const { session, topicHighlights, messages } of matches) {
    const before = sessions.get(session.id);
    sessions.set(session.id, {
      session,
      topicHighlights,
      matches: [...(before?.matches ?? []), ...messages],
    });
  }
  return {
    sessions: [...sessions.values()],
    nextCursor: last === undefined ? null : encodeSearchCursor(last),
  };
}
