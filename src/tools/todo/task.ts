/** One task on a user's list. */
export interface Task {
  /** Counts up from 1 per user and is never given out twice, so that a number names one task for ever. */
  readonly number: number;
  readonly title: string;
  readonly done: boolean;
}

/** Bounds, so that one user's list stays something that can be read out. */
export const MAX_TASKS = 500;
export const MAX_TITLE_CHARACTERS = 200;
