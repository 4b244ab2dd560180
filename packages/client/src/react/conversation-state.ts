import type { Session } from '../api/types.js';
import type { KeyValueStorage } from '../auth/browser-token-store.js';
import type { TollgateError } from '../errors.js';
import type { StreamStatistics } from '../stream/stream-statistics.js';
import type { TollgateClient } from '../tollgate-client.js';
import type { ConversationMessage } from './conversation-message.js';

export interface ConversationOptions {
  readonly client: TollgateClient;
  /** Whom a new conversation asks; one that exists goes on with its own. */
  readonly chatflowId?: string;
  /** `localStorage`, to show the question of a running turn, and one that was refused, after a reload; see `forgetQuestions`. */
  readonly storage?: KeyValueStorage;
  /** The first question has made a session. */
  readonly onConversationCreated?: (conversationId: string) => void;
  /** A turn has begun here; other tabs may want to follow it. */
  readonly onTurnStarted?: (conversationId: string) => void;
  /** A turn has ended, one way or the other: the balance may have changed. */
  readonly onSettled?: () => void;
}

/** What a page shows of a conversation; a new object for every change. */
export interface ConversationState {
  readonly messages: readonly ConversationMessage[];
  /** A turn is running. */
  readonly isLoading: boolean;
  /** The stored messages are being read. */
  readonly isRestoring: boolean;
  /** Whether the running turn's connection was lost and is being made again. */
  readonly isReconnecting: boolean;
  /** Whether it is, because the server has no place for the question yet; it asks again by itself. */
  readonly isServerBusy: boolean;
  readonly conversationId: string | undefined;
  /** Whom the conversation asks; undefined while that is not known, and for a new one. */
  readonly chatflowId: string | undefined;
  /** As it was last read; undefined for a new one. */
  readonly session: Session | undefined;
  /** The message whose branch is shown, where that is not the one that was asked last. */
  readonly branch: string | undefined;
  /** The last thing that went wrong; gone with the next question. */
  readonly error: TollgateError | undefined;
  /** Of the last answer that was streamed here. */
  readonly statistics: StreamStatistics | undefined;
}

export const EMPTY: ConversationState = {
  messages: [],
  isLoading: false,
  isRestoring: false,
  isReconnecting: false,
  isServerBusy: false,
  conversationId: undefined,
  chatflowId: undefined,
  session: undefined,
  branch: undefined,
  error: undefined,
  statistics: undefined,
};
