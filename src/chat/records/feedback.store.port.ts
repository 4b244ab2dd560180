import type { SessionKey } from './conversation.store.port.js';
import type { Feedback, FeedbackCount } from './feedback.js';

/** An answer in its session. */
export interface AnswerKey extends SessionKey {
  readonly messageId: string;
}

/** Of which days, both included; and of one chatflow, or all. */
export interface FeedbackRange {
  readonly from: string;
  readonly to: string;
  readonly chatflowId?: string;
}

/** What users think of answers. It stands with the answer, and goes with it. */
export abstract class FeedbackStore {
  /** In place of what was given before. @returns false when the user has no such answer */
  abstract give(answer: AnswerKey, feedback: Feedback): Promise<boolean>;
  /** @returns false when the user has no such answer; true also when there was nothing to take back */
  abstract takeBack(answer: AnswerKey): Promise<boolean>;
  /** Of all users, by day and chatflow; without a word of what was said. */
  abstract count(range: FeedbackRange): Promise<readonly FeedbackCount[]>;
}
