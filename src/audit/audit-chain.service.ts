import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../platform/repeating-task.js';
import type { ChainedEntry } from './audit-entry.js';
import { AuditEntryStore } from './audit-entry.store.port.js';
import { FIRST_HASH, hashOf } from './audit-hash.js';

/** For so long somebody who can write to the database could change an entry unseen. */
const CHAIN_INTERVAL_MS = 1000;
/** Entries that are chained before the end of the chain is looked for again. */
const ENTRIES_PER_BATCH = 200;

/**
 * Chains entries by their hashes, behind what they tell of: no action waits for another one's place. Every instance does it; that no two entries have one
 * place decides between them.
 */
@Injectable()
export class AuditChain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(CHAIN_INTERVAL_MS, () => this.pass());

  constructor(
    private readonly store: AuditEntryStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  /** Chains all that is there. @throws what the store throws; nothing is lost by that */
  async extend(): Promise<void> {
    for (;;) {
      const pending = await this.store.pending(ENTRIES_PER_BATCH);
      if (pending.length === 0) return;
      let head: Pick<ChainedEntry, 'sequence' | 'hash'> | undefined = await this.store.head();
      for (const entry of pending) {
        const [sequence, previousHash] = [(head?.sequence ?? 0) + 1, head?.hash ?? FIRST_HASH];
        const hash = hashOf(sequence, previousHash, entry);
        // Another instance is ahead: the next look shows how far.
        if (!(await this.store.chain(entry.id, { sequence, previousHash, hash }))) break;
        head = { sequence, hash };
      }
    }
  }

  private async pass(): Promise<void> {
    try {
      await this.extend();
    } catch (error) {
      this.log.error({ err: error }, 'The audit log could not be chained; the next pass goes on');
    }
  }
}
