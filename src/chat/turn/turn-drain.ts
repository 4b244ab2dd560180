import { DrainParticipant } from '../../platform/lifecycle/drain.js';
import type { LiveTurns } from './live-turns.js';

/** Lets running turns end by themselves within the grace period, then interrupts and settles the rest. */
export class TurnDrain extends DrainParticipant {
  readonly drainName = 'turns';

  constructor(private readonly turns: LiveTurns) {
    super();
  }

  async drain(graceOver: AbortSignal): Promise<void> {
    const interruptAll = (): void => this.turns.all().forEach((turn) => turn.abort('shutdown'));
    if (graceOver.aborted) interruptAll();
    graceOver.addEventListener('abort', interruptAll, { once: true });
    await this.turns.whenIdle();
    graceOver.removeEventListener('abort', interruptAll);
  }
}
