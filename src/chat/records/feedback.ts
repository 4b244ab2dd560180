export const RATINGS = ['up', 'down'] as const;
export type Rating = (typeof RATINGS)[number];

/** What a user thinks of an answer. */
export interface Feedback {
  readonly rating: Rating;
  readonly comment?: string;
  readonly tags?: readonly string[];
  /** The day of `at` in UTC: `2026-11-29`. */
  readonly day: string;
  readonly at: Date;
}

/** How many answers of a chatflow were rated so on one day. */
export interface FeedbackCount {
  readonly day: string;
  readonly chatflowId: string;
  readonly rating: Rating;
  readonly count: number;
}
