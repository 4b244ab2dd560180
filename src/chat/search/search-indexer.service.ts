import { setImmediate as immediate } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { rest } from './rest.js';
import {
  orderOf,
  SearchIndexStore,
  type OwnedMessage,
  type SearchableTurn,
  type SearchEntry,
} from './search-index.store.port.js';
import { SearchQueue } from './search-queue.service.js';
import { termsOf } from './terms.js';

/** How long what was settled waits, so that several go together. */
const INDEXING_INTERVAL_MS = 1000;
/** Turns whose messages are read by one query. */
export const INDEXED_PER_BATCH = 20;
/** Terms that one command writes: the embedded database does nothing else meanwhile. */
const TERMS_PER_BATCH = 100;
/** For each millisecond that a batch took, so many of rest: turns come first, and the busier the database is, the more it is left to them. */
const REST_PER_WORK = 3;

/** Makes what was said here to be found: read back in batches, behind the turns and beside them. */
@Injectable()
export class SearchIndexer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly passes = new RepeatingTask(INDEXING_INTERVAL_MS, () => this.pass());
  private readonly stopping = new AbortController();

  constructor(
    private readonly queue: SearchQueue,
    private readonly store: SearchIndexStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.passes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.passes.stop();
  }

  /** What waits. Never rejects: what fails is tried again. */
  async pass(): Promise<void> {
    while (!this.stopping.signal.aborted && !this.queue.isEmpty) {
      const turns = this.queue.take(INDEXED_PER_BATCH);
      const beganAt = performance.now();
      try {
        await this.index(turns);
        await rest((performance.now() - beganAt) * REST_PER_WORK, this.stopping.signal);
      } catch (error) {
        this.queue.putBack(turns);
        this.log.warn({ err: error }, 'What was said could not be made to be found yet');
        return;
      }
    }
  }

  /**
   * Makes entries for these turns; those that have one keep it. A turn whose messages are deleted meanwhile has none in the end: they are looked for
   * once more behind the writing, and whoever deletes them later deletes the entry behind them.
   * @returns their messages
   */
  async index(turns: readonly SearchableTurn[]): Promise<readonly OwnedMessage[]> {
    const messages = await this.store.messagesOf(turns);
    const byId = new Map(messages.map((owned) => [owned.message.id, owned]));
    let entries: SearchEntry[] = [];
    let terms = 0;
    for (const turn of turns) {
      const entry = await entryOf(turn, byId);
      if (entry === undefined) continue;
      entries.push(entry);
      terms += entry.terms.length;
      if (terms < TERMS_PER_BATCH) continue;
      await this.store.add(entries);
      [entries, terms] = [[], 0];
    }
    if (entries.length > 0) await this.store.add(entries);
    await this.removeDeleted(turns);
    return messages;
  }

  private async removeDeleted(turns: readonly SearchableTurn[]): Promise<void> {
    const left = await this.store.storedMessages(turns);
    const gone = turns.filter(({ messageIds }) => !messageIds.some((id) => left.has(id)));
    if (gone.length > 0) await this.store.remove(gone);
  }
}

async function entryOf(
  { id, userId, sessionId, messageIds }: SearchableTurn,
  messages: ReadonlyMap<string, OwnedMessage>,
): Promise<SearchEntry | undefined> {
  const found = messageIds.flatMap((messageId) => messages.get(messageId) ?? []);
  const last = found.at(-1);
  if (last === undefined) return undefined;
  const terms = await termsOf(
    found.map(({ message }) => message.content),
    immediate,
  );
  await immediate();
  const order = orderOf(last.message.createdAt, id);
  return { id, tenantId: last.tenantId, userId, sessionId, kind: 'turn', messageIds, terms, order };
}
