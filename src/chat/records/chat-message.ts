import type { FinishReason } from '../../contract/chat-event.js';
import type { AttachmentRef } from './attachment.js';
import type { Feedback } from './feedback.js';
import type { StoredEvent } from './stored-answer.js';

export interface ChatMessage {
  readonly id: string;
  readonly sessionId: string;
  readonly turnId: string;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly events?: readonly StoredEvent[];
  /** Files of a question that are kept. */
  readonly attachments?: readonly AttachmentRef[];
  /** What its user thinks of an answer. */
  readonly feedback?: Feedback;
  readonly status: 'completed' | 'stopped' | 'interrupted';
  /** Why the answer ended; only on answers, and not on those of before it was kept. */
  readonly finishReason?: FinishReason;
  /** Credits that its turn has cost; only on answers, and not on those of before it was kept. */
  readonly charged?: number;
  /** Counts up from 0 within the session in the order of asking, whatever the message follows, and never repeats. */
  readonly position: number;
  /** The message that it follows; `null` for the first. */
  readonly parentId: string | null;
  readonly createdAt: Date;
}
