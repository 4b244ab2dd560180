import { setImmediate as immediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { HistoryStore } from '../records/history.store.port.js';
import { orderOf, SearchIndexStore } from './search-index.store.port.js';
import { termsOf } from './terms.js';

/** Titles that say something else than the first question, which is found anyway. */
@Injectable()
export class SearchTitles {
  constructor(
    private readonly store: SearchIndexStore,
    private readonly history: HistoryStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** To be called when a session has another title. Never rejects: a title that is not found is still a title. Of one that was deleted meanwhile nothing is left in the end. */
  async put({ userId, id: sessionId, topic }: TitledSession): Promise<void> {
    try {
      const now = this.clock.now();
      const id = newId(now);
      await this.store.putTitle({
        id,
        tenantId: DEFAULT_TENANT,
        userId,
        sessionId,
        kind: 'title',
        messageIds: [],
        terms: await termsOf([topic], immediate),
        order: orderOf(new Date(now), id),
      });
      // Whoever deletes the session from here on removes the entry behind it; whoever did so before could not.
      if ((await this.history.findSession(userId, sessionId)) === undefined)
        await this.store.remove([{ id, userId }]);
    } catch (error) {
      this.log.warn({ userId, err: error }, 'A title could not be made to be found');
    }
  }
}

interface TitledSession {
  readonly userId: string;
  readonly id: string;
  readonly topic: string;
}
