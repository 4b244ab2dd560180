import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../platform/repeating-task.js';
import { AuditEntryStore } from './audit-entry.store.port.js';
import { FIRST_HASH, hashOf } from './audit-hash.js';
import type { AuditPlace } from './chain-walk.js';

/** For so long somebody who can write to the database could change an entry unseen. */
const CHAIN_INTERVAL_MS = 1000;
/** How often the log of the instance says where the chain ends. */
const ANCHOR_INTERVAL_MS = 3600 * 1000;
/** Entries that are chained before the end of the chain is looked for again. */
const ENTRIES_PER_BATCH = 200;

/**
 * Chains entries by their hashes, behind what they tell of: no action waits for another one's place. Every instance does it; that no two entries have one
 * place decides between them.
 */
@Injectable()
export class AuditChain implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(CHAIN_INTERVAL_MS, () => this.pass());
  private readonly anchors = new RepeatingTask(
    ANCHOR_INTERVAL_MS,
    () => {
      this.noteAnchor();
      return Promise.resolve();
    },
    { first: 'after-interval' },
  );
  /** The end as this instance has seen it last. */
  private head: AuditPlace | undefined;
  private anchored = 0;

  constructor(
    private readonly store: AuditEntryStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
    this.anchors.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.task.stop(), this.anchors.stop()]);
    this.noteAnchor();
  }

  /** Chains all that is there. @throws what the store throws; nothing is lost by that */
  async extend(): Promise<void> {
    for (;;) {
      const pending = await this.store.pending(ENTRIES_PER_BATCH);
      if (pending.length === 0) return;
      let head = this.noteCut(await this.store.head());
      for (const entry of pending) {
        const [sequence, previousHash] = [(head?.sequence ?? 0) + 1, head?.hash ?? FIRST_HASH];
        const hash = hashOf(sequence, previousHash, entry);
        // Another instance is ahead: the next look shows how far.
        if (!(await this.store.chain(entry.id, { sequence, previousHash, hash }))) break;
        head = { sequence, hash };
        this.head = head;
      }
    }
  }

  /**
   * Where this instance has seen a later end than there is now, somebody has removed it: the chain goes on behind it all the same, so that what is missing
   * stays missing.
   */
  private noteCut(found: AuditPlace | undefined): AuditPlace | undefined {
    const known = this.head;
    if (known === undefined || (found?.sequence ?? 0) >= known.sequence) return (this.head = found);
    // All of it may have gone by its age.
    if (found !== undefined)
      this.log.error({ known, found: { sequence: found.sequence } }, 'The end of the audit log was removed');
    return known;
  }

  /** Where the log goes, whoever changes the database does not: an end that was cut off is found by it later. */
  private noteAnchor(): void {
    const { head } = this;
    if (head === undefined || head.sequence === this.anchored) return;
    this.anchored = head.sequence;
    this.log.info({ sequence: head.sequence, hash: head.hash }, 'The audit log ends here');
  }

  private async pass(): Promise<void> {
    try {
      await this.extend();
    } catch (error) {
      this.log.error({ err: error }, 'The audit log could not be chained; the next pass goes on');
    }
  }
}
