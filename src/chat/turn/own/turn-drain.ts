import { setTimeout as delay } from 'node:timers/promises';
import { DrainParticipant } from '../../../platform/lifecycle/drain.service.js';
import type { LiveTurns } from '../run/live-turns.js';

/** Admissions take milliseconds. */
const ADMISSION_POLL_MS = 20;

/** Lets running turns end by themselves within the grace period, then interrupts and settles the rest. */
export class TurnDrain extends DrainParticipant {
  readonly drainName = 'turns';

  constructor(private readonly turns: LiveTurns) {
    super();
  }

  async drain(graceOver: AbortSignal): Promise<void> {
    const interruptAll = (): void => this.turns.all().forEach((turn) => turn.abort('shutdown'));
    graceOver.addEventListener('abort', interruptAll, { once: true });
    // A request that came a moment before the shutdown still becomes a turn, perhaps after the others have ended.
    while (this.turns.isBusy) {
      if (graceOver.aborted) interruptAll();
      await this.turns.whenIdle();
      if (this.turns.isBusy) await delay(ADMISSION_POLL_MS);
    }
    graceOver.removeEventListener('abort', interruptAll);
  }
}
