import type { Task } from './task.js';

/** The tasks of the built-in assistant's users. A user only ever meets tasks of their own. */
export abstract class TaskStore {
  /**
   * Adds an open task with the user's next number; calls at the same time get different numbers.
   * @returns `undefined` when the user has `MAX_TASKS` tasks already, however many are added at once
   */
  abstract add(userId: string, title: string): Promise<Task | undefined>;
  /** All tasks, oldest first; `MAX_TASKS` at most. */
  abstract list(userId: string): Promise<readonly Task[]>;
  /** Marks a task as done, also when it is already. @returns `undefined` when there is no such task */
  abstract complete(userId: string, number: number): Promise<Task | undefined>;
  /** @returns the removed task, `undefined` when there is none with this number */
  abstract remove(userId: string, number: number): Promise<Task | undefined>;
  /** Removes all of a user's, with the count that numbers them. @returns how many */
  abstract removeAllOf(userId: string): Promise<number>;
}
