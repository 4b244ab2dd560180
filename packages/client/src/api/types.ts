import type { FinishReason } from '../stream/stream-event.js';

/** One page of a list. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly has_more: boolean;
  /** Pass it as `after` for the next page. */
  readonly next_cursor: string | null;
}

export interface PageRequest {
  /** 1 to 100. */
  readonly limit?: number;
  readonly after?: string;
}

export interface MessagePageRequest extends PageRequest {
  /** A message: the branch that it lies on, down to its newest end. Left out: the branch that was asked last. */
  readonly branch?: string;
}

export interface Session {
  readonly id: string;
  readonly chatflowId: string;
  readonly topic: string;
  /** Of the branch that was asked last. */
  readonly messageCount: number;
  /** The answer at the end of the current branch. */
  readonly lastMessageId?: string;
  /** The turn that runs in it. */
  readonly activeTurnId?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Part of a stored answer that is not text, in its order. */
export interface MessageEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface Message {
  readonly id: string;
  readonly sessionId: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly events?: readonly MessageEvent[];
  readonly status: 'completed' | 'stopped' | 'interrupted';
  readonly finishReason?: FinishReason;
  /** The message that it follows; absent for the first. */
  readonly parentId?: string;
  /** Of a question that was asked in other words, or again: where it stands among them. */
  readonly siblings?: Siblings;
  /** Files that were sent along. */
  readonly attachments?: readonly AttachedFile[];
  /** What its reader thinks of it. */
  readonly feedback?: Feedback;
  /** Credits that the turn of this answer has cost, where the server tells it. */
  readonly charged?: number;
  readonly createdAt: string;
}

/** Where a question stands among those that were asked behind the same message. */
export interface Siblings {
  /** Counts from 1, in the order in which they were asked. */
  readonly index: number;
  readonly count: number;
  /** Questions, to be given as `branch`; absent at the ends. */
  readonly previousId?: string;
  readonly nextId?: string;
}

/** A file that was sent with a question. */
export interface AttachedFile {
  readonly id: string;
  readonly name: string;
  /** MIME type. */
  readonly type: string;
  readonly bytes: number;
}

/** A file that waits to be sent. */
export interface Attachment extends AttachedFile {
  readonly createdAt: string;
  /** When it is deleted unless a question has taken it. */
  readonly expiresAt?: string;
}

export interface Feedback {
  readonly rating: 'up' | 'down';
  readonly comment?: string;
  readonly tags?: readonly string[];
  readonly updatedAt?: string;
}

/** A part of a text, in UTF-16 code units. */
export interface Highlight {
  readonly start: number;
  readonly length: number;
}

/** A message that was found. */
export interface SearchMatch {
  readonly messageId: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant';
  readonly createdAt: string;
  /** Plain text. */
  readonly excerpt: string;
  /** Whether there is more before and behind the excerpt. */
  readonly cutBefore?: boolean;
  readonly cutAfter?: boolean;
  readonly highlights: readonly Highlight[];
}

/** A session in which something was found; it may come again on a later page. */
export interface SearchResult {
  readonly session: Session;
  readonly topicHighlights: readonly Highlight[];
  readonly matches: readonly SearchMatch[];
}

/** A turn of a session that left no messages: it runs, or it failed. */
export interface SessionTurn {
  readonly turnId: string;
  readonly status: 'running' | 'failed' | 'stopped' | 'interrupted';
  readonly chatflowId: string;
  readonly question: string;
  /** The message that its question follows; absent for the first, and where it is not known. */
  readonly parentId?: string;
  readonly attachments?: readonly AttachedFile[];
  /** What was said before it failed. */
  readonly partialAnswer?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** Messages, and the turns among them that left none. */
export interface MessagePage extends Page<Message> {
  readonly turns: readonly SessionTurn[];
}

export interface Turn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  /** Absent when the server does not tell it. */
  readonly question?: string;
  readonly status: 'running' | 'completed' | 'failed' | 'stopped' | 'interrupted';
  /** Credits. */
  readonly charge: { readonly held: number; readonly captured: number };
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly finishReason?: FinishReason;
  readonly firstTokenMs?: number;
  readonly messageId?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

/** Whole credits. */
export interface Balance {
  readonly available: number;
  readonly held: number;
}

export interface Transaction {
  readonly id: string;
  readonly kind: 'grant' | 'hold' | 'capture' | 'release' | 'refund' | 'adjust';
  readonly amount: number;
  readonly turnId?: string;
  readonly chatflowId?: string;
  readonly outcome?: string;
  readonly reason?: string;
  readonly createdAt: string;
}

export interface UsageReport {
  readonly from: string;
  readonly to: string;
  readonly data: readonly {
    /** UTC, with `groupBy: 'day'`. */
    readonly day?: string;
    readonly chatflowId?: string;
    readonly credits: number;
    readonly turns: number;
  }[];
}

export interface Chatflow {
  readonly id: string;
  readonly name: string;
  /** What answers: `assistant` is the one that is built in. */
  readonly provider: string;
  readonly price: { readonly credits: number };
  /** Nothing can be asked of it for now: `chatflow_disabled`. Absent: a server of before that said so. */
  readonly disabled?: boolean;
  /** Which files may be sent along; absent: all, where the provider takes files at all. */
  readonly uploads?: { readonly types?: readonly string[] };
  /** Days behind its last turn for which a session in which it was asked is kept; absent: until it is deleted. */
  readonly retentionDays?: number;
}

export interface User {
  readonly userId: string;
  readonly email?: string;
  readonly roles: readonly string[];
}

/** An identity provider, as far as it was set up for this. */
export interface IdentityProvider {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  /** The client of pages (authorization code with PKCE). */
  readonly clientId?: string;
  /** The client of terminals (device code). */
  readonly deviceClientId?: string;
  readonly scopes: readonly string[];
  /** To be sent along with what asks the provider for tokens. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** How people sign in. */
export interface SignInMethods {
  /** Whether e-mail and password do. */
  readonly ownAccounts: boolean;
  /** Whether they may make such an account. */
  readonly registration: boolean;
  /** Whether a link for a forgotten password is sent by mail (`requestPasswordReset`); absent: a server of before that said so. */
  readonly passwordReset?: boolean;
  readonly data: readonly IdentityProvider[];
}
