import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from '../errors/errors.js';
import { DrainParticipant, type Drain } from './drain.service.js';

/** Ordinary requests take milliseconds; a stream that is still open after its turn has ended is not worth more. */
const MAX_WAIT_MS = 2000;

/** Counts the requests being answered, so that the shutdown cuts off as few of them as possible. */
export class InFlightRequests extends DrainParticipant {
  readonly drainName = 'requests';
  private count = 0;
  private whenNone: (() => void) | undefined;

  constructor(private readonly drainState: Drain) {
    super();
  }

  /**
   * Express middleware. From the first moment of a shutdown it also asks clients to leave their connection; what comes when all work has ended, and the parts
   * of the application are being taken down, is refused.
   */
  readonly track = (
    _request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): void => {
    this.count += 1;
    response.once('close', () => {
      this.count -= 1;
      if (this.count === 0) this.whenNone?.();
    });
    if (this.drainState.state !== 'serving') response.setHeader('Connection', 'close');
    if (this.drainState.state === 'stopped') next(errors.shuttingDown());
    else next();
  };

  async drain(): Promise<void> {
    if (this.count === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.whenNone = resolve;
      timer = setTimeout(resolve, MAX_WAIT_MS);
    });
    clearTimeout(timer);
  }
}
