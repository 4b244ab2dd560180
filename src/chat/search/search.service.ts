import { setImmediate as immediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ChatMessage } from '../records/chat-message.js';
import type { ChatSession } from '../records/chat-session.js';
import { HistoryStore } from '../records/history.store.port.js';
import { Candidates } from './candidates.js';
import { excerptOf, hitsIn, type Excerpt, type Highlight } from './excerpt.js';
import { decodeSearchCursor, encodeSearchCursor } from './search-cursor.js';
import { SearchIndexStore, type FoundEntry } from './search-index.store.port.js';
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

/** Entries that one request looks through with their messages, at most; then its page ends, and the next goes on. */
export const MAX_ENTRIES_PER_SEARCH = 1000;
/** Entries that are read at once, at most; at first no more than a page shows. */
const MAX_ENTRIES_AT_ONCE = 100;
/** By how much more are read next time when too few of them held what was looked for. */
const GROWTH = 2;

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
   * Newest first. There may be a next page with nothing on it: whether entries that are left hold what was looked for is seen when they are read.
   * @param limit of turns and titles
   * @throws AppError `validation_failed`
   */
  async search(userId: string, text: string, limit: number, after?: string): Promise<FoundPage> {
    const query = parseQuery(text);
    const [term = ''] = query.lookUps;
    const behind = after === undefined ? undefined : decodeSearchCursor(after);
    const candidates = new Candidates(this.index, userId, query.lookUps, behind);
    const matches: Match[] = [];
    let last = behind;
    let atOnce = Math.min(limit, MAX_ENTRIES_AT_ONCE);
    for (let looked = 0; looked < MAX_ENTRIES_PER_SEARCH;) {
      const places = await candidates.next(atOnce);
      if (places.length === 0) break;
      looked += places.length;
      last = places.at(-1);
      const entries = await this.index.entriesAt(userId, places, term);
      matches.push(...(await this.matchesOf(userId, entries, query)));
      if (matches.length > limit) return firstOf(matches, limit);
      if (matches.length === limit) break;
      atOnce = Math.min(atOnce * GROWTH, MAX_ENTRIES_AT_ONCE);
    }
    return pageOf(matches, candidates.goesOnBehind(last));
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

/** What stands at the last place goes with it, because the next page begins behind that. */
function firstOf(matches: readonly Match[], limit: number): FoundPage {
  const last = matches[limit - 1]?.entry.order;
  const behind = matches.findIndex(({ entry }, index) => index >= limit && entry.order !== last);
  return pageOf(behind === -1 ? matches : matches.slice(0, behind), last);
}

/** @param last behind which place the next page goes on; undefined: there is none */
function pageOf(matches: readonly Match[], last: number | undefined): FoundPage {
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
