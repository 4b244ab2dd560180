import { DrainParticipant } from '../../../platform/lifecycle/drain.service.js';
import type { FollowedTurns } from './followed-turns.service.js';

/**
 * Lets readers of turns that run on other instances read on until these end, within the grace: they need not come back because this instance
 * goes. After it their streams end without the turn's end, which sends them elsewhere.
 */
export class FollowDrain extends DrainParticipant {
  readonly drainName = 'followed turns';

  constructor(private readonly followed: FollowedTurns) {
    super();
  }

  async drain(graceOver: AbortSignal): Promise<void> {
    const leaveAll = (): void => this.followed.leaveAll();
    graceOver.addEventListener('abort', leaveAll, { once: true });
    if (graceOver.aborted) leaveAll();
    await this.followed.whenNone();
    graceOver.removeEventListener('abort', leaveAll);
  }
}
