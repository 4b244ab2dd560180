import type { ChatEvent } from '../../../contract/chat-event.js';
import { isObject } from '../../../platform/json/json-object.js';

/** What instances say to each other about a turn that one of them runs and another has readers of. */
export const FEED_TOPICS = {
  /** Request to the owner: `FollowRequest`, answered with `FollowAnswer`. */
  follow: 'turn.follow',
  /** From the owner, what its feeds to one instance have to say at once: `FeedMessage[]`. */
  feed: 'turn.feed',
  /** From the owner, all its feeds to one instance: `FeedNumbers`, the number of the last message of each. */
  alive: 'turn.alive',
  /** To the owner, all feeds from it: `FeedNumbers`, the number of the last message that has come. */
  keep: 'turn.keep',
  /** To the owner: nobody reads any more. */
  unfollow: 'turn.unfollow',
} as const;

export interface FollowRequest {
  readonly turnId: string;
  /** The position that the follower has. */
  readonly after: number;
  /** The follower's own number of the feed that is to come. */
  readonly feed: number;
}

export interface FollowAnswer {
  /** Whether the turn is here and its feed has begun. */
  readonly found: boolean;
}

/** An event and the position behind it. */
export type FeedEntry = readonly [end: number, event: ChatEvent];

/** Messages of a feed are numbered from 1: a number that does not come tells of a lost message. */
export interface FeedMessage {
  readonly feed: number;
  readonly number: number;
  readonly entries?: readonly FeedEntry[];
  /** A piece of the JSON of one entry that is too long for a message. */
  readonly piece?: string;
  /** It is the last piece. */
  readonly isLast?: boolean;
  /** Nothing more will come: the turn's end has been sent, or its owner has given it up. */
  readonly isDone?: boolean;
}

/** What a message says, and how many characters its JSON has at most. */
export interface FeedContent {
  readonly content: Omit<FeedMessage, 'feed' | 'number'>;
  readonly characters: number;
}

export type FeedNumbers = readonly (readonly [feed: number, number: number])[];

/** Characters of JSON that are put together into one message of the bus; with what surrounds them they stay below its bound. */
export const MAX_TOGETHER_CHARACTERS = 48 * 1024;
/** JSON within JSON: each of its quotes and backslashes takes two characters. */
const MAX_PIECE_CHARACTERS = 24 * 1024;
/** Text up to this length is not measured but counted as if each of its characters had to be escaped. */
const SHORT_TEXT_CHARACTERS = 256;
/** What one character takes in JSON at most, as in \u0000. */
const ESCAPED_CHARACTERS = 6;
/** The rest of a text's entry: its position, its type and what stands between. */
const AROUND_TEXT_CHARACTERS = 80;
/** The pieces of one event; together more than any answer may have. */
export const MAX_PIECES = 1024;
/** Feeds that one message tells the numbers of. */
export const FEEDS_PER_BATCH = 1000;

/** Packs what a feed has to say into as few messages as their size allows, in order. */
export function packEntries(entries: readonly FeedEntry[]): FeedContent[] {
  const messages: FeedContent[] = [];
  let group: FeedEntry[] = [];
  let characters = 0;
  const closeGroup = (): void => {
    if (group.length > 0) messages.push({ content: { entries: group }, characters });
    group = [];
    characters = 0;
  };
  for (const entry of entries) {
    const size = sizeOf(entry);
    if (characters + size > MAX_TOGETHER_CHARACTERS) closeGroup();
    if (size <= MAX_TOGETHER_CHARACTERS) {
      group.push(entry);
      characters += size;
    } else {
      messages.push(...piecesOf(JSON.stringify(entry)));
    }
  }
  closeGroup();
  return messages;
}

/** Characters of its JSON, or for short text as many as it can have at most: a token is made into JSON once, with its message. */
function sizeOf(entry: FeedEntry): number {
  const [, event] = entry;
  const isText = event.type === 'text-delta' || event.type === 'reasoning-delta';
  if (isText && event.text.length <= SHORT_TEXT_CHARACTERS)
    return AROUND_TEXT_CHARACTERS + ESCAPED_CHARACTERS * event.text.length;
  return JSON.stringify(entry).length;
}

function piecesOf(json: string): FeedContent[] {
  const pieces: FeedContent[] = [];
  for (let at = 0; at < json.length; at += MAX_PIECE_CHARACTERS) {
    const piece = json.slice(at, at + MAX_PIECE_CHARACTERS);
    const isLast = at + MAX_PIECE_CHARACTERS >= json.length;
    pieces.push({ content: { piece, ...(isLast ? { isLast } : {}) }, characters: 2 * piece.length });
  }
  return pieces;
}

export function isFollowRequest(message: unknown): message is FollowRequest {
  return (
    isObject(message) &&
    typeof message.turnId === 'string' &&
    typeof message.after === 'number' &&
    typeof message.feed === 'number'
  );
}

/** What another version may send and this one does not know is left out. */
export function feedMessagesIn(message: unknown): FeedMessage[] {
  return Array.isArray(message) ? message.filter(isFeedMessage) : [];
}

function isFeedMessage(message: unknown): message is FeedMessage {
  return isObject(message) && typeof message.feed === 'number' && typeof message.number === 'number';
}

/** What another version may send and this one does not know is left out. */
export function feedNumbersIn(message: unknown): FeedNumbers {
  if (!Array.isArray(message)) return [];
  return message.filter(
    (pair): pair is [number, number] =>
      Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'number',
  );
}

/** In messages of bounded size. */
export function batchesOf(numbers: FeedNumbers): FeedNumbers[] {
  const batches: FeedNumbers[] = [];
  for (let at = 0; at < numbers.length; at += FEEDS_PER_BATCH)
    batches.push(numbers.slice(at, at + FEEDS_PER_BATCH));
  return batches;
}
