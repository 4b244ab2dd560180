import type { SessionErasure } from '../../chat/history/session-deletion.service.js';
import { MAX_UNREACHED, type ErasureCounts, type Unreached, type UserErasure } from './user-erasure.js';

/** Adds up what the passes of an erasure have removed, and could not reach. */
export class ErasureTally {
  private counts: ErasureCounts;
  private readonly unreached = new Map<string, Unreached>();

  constructor({ erased, notReached }: Pick<UserErasure, 'erased' | 'notReached'>) {
    this.counts = erased;
    for (const one of notReached) this.note(one);
  }

  get erased(): ErasureCounts {
    return this.counts;
  }

  get notReached(): readonly Unreached[] {
    return [...this.unreached.values()];
  }

  add(more: Partial<ErasureCounts>): void {
    const sums = Object.entries(more).map(([name, count]) => [
      name,
      this.counts[name as keyof ErasureCounts] + count,
    ]);
    this.counts = { ...this.counts, ...(Object.fromEntries(sums) as Partial<ErasureCounts>) };
  }

  addSession({ turns, messages, attachments, memories }: SessionErasure): void {
    this.add({ sessions: 1, turns, messages, attachments });
    for (const { chatflowId, state } of memories)
      if (state === 'pending' || state === 'unsupported') this.note({ chatflowId, reason: state });
  }

  private note(unreached: Unreached): void {
    if (this.unreached.size < MAX_UNREACHED)
      this.unreached.set(`${unreached.reason} ${unreached.chatflowId}`, unreached);
  }
}
