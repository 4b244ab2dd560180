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
  /** The answer with which that branch ends. */
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
  /** Of a question that does not stand alone behind what it follows. */
  readonly siblings?: Siblings;
  readonly createdAt: string;
}

/** Where a question stands among those that follow the same message. The branch of a neighbour is the way to walk there. */
export interface Siblings {
  /** From 1. */
  readonly index: number;
  readonly count: number;
  readonly previousId?: string;
  readonly nextId?: string;
}

/** A turn of a session that left no messages: it runs, or it failed. */
export interface SessionTurn {
  readonly turnId: string;
  readonly status: 'running' | 'failed' | 'stopped' | 'interrupted';
  readonly chatflowId: string;
  readonly question: string;
  /** The message that its question follows; absent for a first one. */
  readonly parentId?: string;
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
  readonly price: { readonly credits: number };
}

export interface User {
  readonly userId: string;
  readonly email?: string;
  readonly roles: readonly string[];
}
