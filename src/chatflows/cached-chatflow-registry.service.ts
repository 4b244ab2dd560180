import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../cluster/shared-caches.service.js';
import type { Chatflow } from './chatflow.js';
import { ChatflowRegistry } from './chatflow-registry.port.js';
import { ChatflowStore } from './chatflow.store.port.js';

/** How long a change that another instance made may go unseen without the bus. */
const MAX_STALENESS_MS = 5000;
/** Long enough to take the edge off a client that repeats a wrong id, short enough for who has just made the chatflow elsewhere. */
const MISSING_STALENESS_MS = 1000;
const MAX_ENTRIES = 2000;

/** The registry over a store. A change made on this instance counts at once, one made on another within a second, without the bus five. */
@Injectable()
export class CachedChatflowRegistry extends ChatflowRegistry {
  private readonly chatflows: SharedCache<Chatflow | undefined>;

  constructor(store: ChatflowStore, caches: SharedCaches) {
    super();
    this.chatflows = caches.of({
      kind: 'chatflow',
      maxEntries: MAX_ENTRIES,
      load: (id) => store.find(id),
      keepForMs: (found) => (found === undefined ? MISSING_STALENESS_MS : MAX_STALENESS_MS),
    });
  }

  async find(id: string): Promise<Chatflow | undefined> {
    return this.chatflows.get(id);
  }

  /** To be called after the store has changed. */
  invalidate(id: string): void {
    this.chatflows.changed(id);
  }
}
