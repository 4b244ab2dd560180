import type { FinishReason } from '../../contract/chat-event.js';
import type { StoredEvent } from './stored-answer.js';

export interface ChatMessage {
  readonly id: string;
  readonly sessionId: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly events?: readonly StoredEvent[];
  readonly status: 'completed' | 'stopped' | 'interrupted';
  /** Why the answer ended; only on answers, and not on those of before it was kept. */
  readonly finishReason?: FinishReason;
  /** Counts up from 0 within the session in the order of asking, whatever the message follows, and never repeats. */
  readonly position: number;
  /** The message that it follows; `null` for the first. */
  readonly parentId: string | null;
  readonly createdAt: Date;
}
