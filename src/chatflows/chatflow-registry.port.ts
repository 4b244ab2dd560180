import type { Chatflow } from './chatflow.js';

/** The chatflow look-up on the way to a turn: cached with bounded staleness, invalidated on change. */
export abstract class ChatflowRegistry {
  /** @returns the chatflow, or `undefined` when there is none with this id */
  abstract find(id: string): Promise<Chatflow | undefined>;
}
