import type { ChatQuestion } from '../api/chat.js';
import type { AttachedFile } from '../api/types.js';
import type { KeyValueStorage } from '../auth/browser-token-store.js';
import { knownCode, TollgateError } from '../errors.js';
import type { ConversationMessage } from './conversation-message.js';

const KEY = 'tollgate.unsent';
/** Conversations whose refused question is kept; the oldest goes first. */
const MAX_UNSENT_QUESTIONS = 20;
/** Of all that are kept, as JSON: a tenth of what a browser gives a page. */
const MAX_UNSENT_CHARACTERS = 500_000;

/** A question that no turn has come of: refused, or never answered for. */
export interface UnsentQuestion {
  /** Undefined: it would have begun a new one. */
  readonly conversationId: string | undefined;
  readonly question: string;
  /** Its idempotency key. */
  readonly key: string;
  readonly attachments?: readonly AttachedFile[];
  readonly parentId?: string | null;
  /** What was known of its place, for one that was asked in the place of another. */
  readonly shown?: Partial<ConversationMessage>;
  readonly humanInput?: ChatQuestion['humanInput'];
  readonly chatflowId?: string;
  /** The turn that it was asked behind; undefined at the beginning. */
  readonly afterTurnId?: string;
  readonly error: TollgateError;
}

/**
 * The questions that the server knows nothing of, one per conversation: they stay when their conversation is left, and over a reload with a storage.
 */
export class UnsentQuestions {
  /** What the storage did not take. */
  private unwritten: readonly UnsentQuestion[] | undefined;

  constructor(private readonly storage: KeyValueStorage | undefined) {}

  find(conversationId: string | undefined): UnsentQuestion | undefined {
    return this.read().find((one) => one.conversationId === conversationId);
  }

  keep(unsent: UnsentQuestion): void {
    this.write([...this.others(unsent.conversationId), unsent].slice(-MAX_UNSENT_QUESTIONS));
  }

  forget(conversationId: string | undefined): void {
    if (this.find(conversationId) !== undefined) this.write(this.others(conversationId));
  }

  clear(): void {
    this.write([]);
  }

  private others(conversationId: string | undefined): readonly UnsentQuestion[] {
    return this.read().filter((one) => one.conversationId !== conversationId);
  }

  private read(): readonly UnsentQuestion[] {
    if (this.unwritten !== undefined || this.storage === undefined) return this.unwritten ?? [];
    try {
      const value: unknown = JSON.parse(this.storage.getItem(KEY) ?? '[]');
      return Array.isArray(value) ? value.flatMap(revived) : [];
    } catch {
      // Somebody else's value under our key, or a storage that the browser has closed to us.
      return [];
    }
  }

  private write(entries: readonly UnsentQuestion[]): void {
    this.unwritten = entries;
    if (this.storage === undefined) return;
    const texts = entries.map((entry) => JSON.stringify({ ...entry, error: written(entry.error) }));
    let characters = 0;
    const first = texts.findLastIndex((text) => (characters += text.length) > MAX_UNSENT_CHARACTERS) + 1;
    try {
      if (first === texts.length) this.storage.removeItem(KEY);
      else this.storage.setItem(KEY, `[${texts.slice(first).join()}]`);
      if (first === 0) this.unwritten = undefined;
    } catch {
      // A full or closed storage: they are kept for as long as the page is.
    }
  }
}

/** An error's own `message` is not among what JSON writes of it. */
function written(error: TollgateError): object {
  const { code, message, status, errorId, retryAfterSeconds, details } = error;
  return { code, message, status, errorId, retryAfterSeconds, details };
}

function revived(value: Partial<UnsentQuestion> | null): UnsentQuestion[] {
  const { key, question, error, conversationId } = value ?? {};
  if (typeof key !== 'string' || typeof question !== 'string' || typeof error !== 'object') return [];
  const { code, message, ...options } = error;
  return [
    { ...value, conversationId, key, question, error: new TollgateError(knownCode(code), message, options) },
  ];
}
