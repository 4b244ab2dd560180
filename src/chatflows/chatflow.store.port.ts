import { errors } from '../platform/errors/errors.js';
import type { Chatflow } from './chatflow.js';

/** Versions count anew when a chatflow is made again. */
export type ChatflowAsRead = Pick<Chatflow, 'id' | 'version' | 'updatedAt'>;

/** What an admin decides about a chatflow. */
export type ChatflowSettings = Omit<Chatflow, 'id' | 'version' | 'createdAt' | 'updatedAt'>;

export function sameBuckets(id?: string) {
  return errors.conflict(
    `${id === undefined ? 'Another chatflow' : `The chatflow ${id}`} has the same buckets.`,
  );
}

/** Where chatflows live. */
export abstract class ChatflowStore {
  abstract find(id: string): Promise<Chatflow | undefined>;
  /** @returns at most `limit` chatflows in the order of their ids, from the first whose id sorts behind `after` */
  abstract list(after: string | undefined, limit: number): Promise<readonly Chatflow[]>;
  /**
   * Creates the chatflow with version 1, or replaces its settings (what they leave out is removed) and counts its version up by one.
   * Atomic: of concurrent calls each gets a version of its own.
   * @throws AppError `conflict` when another chatflow has the same buckets, also one that is stored at the same moment
   */
  abstract put(id: string, settings: ChatflowSettings, now: Date): Promise<Chatflow>;
  /**
   * @returns whether it was made; a chatflow that is there already stays as it is
   * @throws AppError `conflict` as `put` does
   */
  abstract insertIfMissing(id: string, settings: ChatflowSettings, now: Date): Promise<boolean>;
  /** @returns whether it was there as it was read: one that has been changed since, or made again, stays */
  abstract remove(read: ChatflowAsRead): Promise<boolean>;
}
