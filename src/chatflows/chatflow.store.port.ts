import type { Chatflow } from './chatflow.js';

/** What an admin decides about a chatflow. */
export type ChatflowSettings = Omit<Chatflow, 'id' | 'version' | 'createdAt' | 'updatedAt'>;

/** Where chatflows live. */
export abstract class ChatflowStore {
  abstract find(id: string): Promise<Chatflow | undefined>;
  /** @returns at most `limit` chatflows in the order of their ids, from the first whose id sorts behind `after` */
  abstract list(after: string | undefined, limit: number): Promise<readonly Chatflow[]>;
  /**
   * Creates the chatflow with version 1, or replaces its settings (what they leave out is removed) and counts its version up by one.
   * Atomic: of concurrent calls each gets a version of its own.
   */
  abstract put(id: string, settings: ChatflowSettings, now: Date): Promise<Chatflow>;
  /** @returns whether it was made; a chatflow that is there already stays as it is */
  abstract insertIfMissing(id: string, settings: ChatflowSettings, now: Date): Promise<boolean>;
  /** @returns whether there was one */
  abstract remove(id: string): Promise<boolean>;
}
