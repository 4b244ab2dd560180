import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock.port.js';
import { ReadThroughCache } from '../platform/read-through-cache.js';
import type { Chatflow } from './chatflow.js';
import { ChatflowRegistry } from './chatflow-registry.port.js';
import { ChatflowStore } from './chatflow.store.port.js';

/** How long a change that another instance made may go unseen. */
const MAX_STALENESS_MS = 5000;
/** Long enough to take the edge off a client that repeats a wrong id, short enough for who has just made the chatflow elsewhere. */
const MISSING_STALENESS_MS = 1000;
const MAX_ENTRIES = 2000;

/** The registry over a store. A change made on this instance counts at once, one made on another within five seconds. */
@Injectable()
export class CachedChatflowRegistry extends ChatflowRegistry {
  private readonly chatflows: ReadThroughCache<Chatflow | undefined>;

  constructor(store: ChatflowStore, clock: Clock) {
    super();
    this.chatflows = new ReadThroughCache({
      maxEntries: MAX_ENTRIES,
      clock,
      load: (id) => store.find(id),
      keepForMs: (found) => (found === undefined ? MISSING_STALENESS_MS : MAX_STALENESS_MS),
    });
  }

  async find(id: string): Promise<Chatflow | undefined> {
    return this.chatflows.get(id);
  }

  /** To be called after the store has changed. */
  invalidate(id: string): void {
    this.chatflows.invalidate(id);
  }
}
