import type { ChatMessage } from '../records/chat-message.js';
import type { SessionKey } from '../records/conversation.store.port.js';

/** What a question with its answer, or a title, is found by. */
export interface SearchEntry extends SessionKey {
  /** The turn's; a title's is its own, and new with each title. */
  readonly id: string;
  readonly tenantId: string;
  readonly kind: 'turn' | 'title';
  /** The question's and the answer's; empty for a title. */
  readonly messageIds: readonly string[];
  /** Different ones. */
  readonly terms: readonly string[];
  /** Greater for what was said later, and different for what was said at one moment. */
  readonly order: number;
}

/** An entry without its terms. */
export type FoundEntry = Omit<SearchEntry, 'terms' | 'tenantId'>;

/** Orders within one millisecond, of which an id takes one by chance. A number holds them until the year 2100. */
const ORDERS_PER_MS = 2048;

/** Shorter in every key of the index than a time and an id. Two of one user's fall together once in two thousand times that they end in one millisecond. */
export function orderOf(at: Date, id: string): number {
  const chance = Number.parseInt(id.slice(-3), 16);
  return at.getTime() * ORDERS_PER_MS + (Number.isNaN(chance) ? 0 : chance % ORDERS_PER_MS);
}

/** A turn whose messages are to be found. */
export interface SearchableTurn extends SessionKey {
  readonly id: string;
  readonly messageIds: readonly string[];
}

/** A message with its owner. */
export interface OwnedMessage extends SessionKey {
  readonly message: ChatMessage;
  readonly tenantId: string;
}

/** How far what was said is known to be found. */
export interface CatchUpState {
  /** Every answer with a lesser id was looked at; absent: none was. */
  readonly upTo?: string;
  /** Of which version the terms of all entries are, or are going to be. */
  readonly terms?: number;
  /** Entries of answers with lesser ids that were not looked at yet may have terms of another version. */
  readonly remadeBefore?: string;
}

/** The index of what a user's messages and titles hold. It follows them within seconds; nothing else rests on it. */
export abstract class SearchIndexStore {
  /** Adds entries; one that is there stays as it is. */
  abstract add(entries: readonly SearchEntry[]): Promise<void>;
  /** Removes these entries of turns. */
  abstract remove(turns: readonly Pick<SearchableTurn, 'id' | 'userId'>[]): Promise<void>;
  /** Puts a title's entry in the place of the session's other titles. */
  abstract putTitle(entry: SearchEntry): Promise<void>;
  /** Removes all of a session's. @param olderThan the id of no turn: entries with greater ids are not touched */
  abstract removeSession(session: SessionKey, olderThan: string): Promise<void>;

  /** Removes all of a user's. */
  abstract removeAllOf(userId: string): Promise<void>;

  /** The orders of a user's entries that have the term, greatest first, each as often as there are entries. No entry is read. @param behind only lesser ones */
  abstract placesOf(userId: string, term: string, limit: number, behind?: number): Promise<readonly number[]>;
  /** Those of these orders at which an entry has the term. No entry is read. */
  abstract having(userId: string, places: readonly number[], term: string): Promise<ReadonlySet<number>>;
  /** The entries with the term at these orders, greatest first. */
  abstract entriesAt(userId: string, places: readonly number[], term: string): Promise<readonly FoundEntry[]>;

  /** The messages of turns of several users, without their events. */
  abstract messagesOf(turns: readonly SearchableTurn[]): Promise<readonly OwnedMessage[]>;
  /** The ids of those that are stored. */
  abstract storedMessages(turns: readonly SearchableTurn[]): Promise<ReadonlySet<string>>;
  /** Those of these turns of several users that have an entry. */
  abstract indexed(turns: readonly SearchableTurn[]): Promise<ReadonlySet<string>>;
  /** The turns of the next answers of all users, by the answers' ids. */
  abstract answersAfter(id: string, limit: number): Promise<readonly AnswerAt[]>;
  /** When the oldest turn that still runs was begun. */
  abstract oldestRunning(): Promise<Date | undefined>;

  /**
   * @param lapsedBy an instance whose time ends until then has it no more
   * @returns undefined while another instance has it
   */
  abstract takeCatchUp(owner: string, lapsedBy: Date, until: Date): Promise<CatchUpState | undefined>;
  /** All answers are to be looked at again, and entries of those with ids below this one to be made anew. @returns whether it was still the owner's */
  abstract beginAnew(owner: string, terms: number, remadeBefore: string): Promise<boolean>;
  /** @returns whether it was still the owner's */
  abstract advanceCatchUp(owner: string, upTo: string | undefined, until: Date): Promise<boolean>;
}

/** A turn, and where its answer stands among those of all users. */
export interface AnswerAt {
  readonly answerId: string;
  readonly turn: SearchableTurn;
  /** Whether it is the first of its session. */
  readonly isFirst: boolean;
}
