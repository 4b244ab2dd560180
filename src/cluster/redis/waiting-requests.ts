import { BusFailure } from '../instance-bus.port.js';

/** Requests that other instances have not answered yet. */
const MAX_WAITING_REQUESTS = 10_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** What this instance has asked others, until they answer or the time is over. */
export class WaitingRequests {
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  /**
   * @param ask called with the number that the answer will name
   * @throws BusFailure when no answer comes in time, or too many are waited for
   */
  wait(timeoutMs: number, ask: (request: number) => void): Promise<unknown> {
    if (this.waiting.size >= MAX_WAITING_REQUESTS)
      return Promise.reject(new BusFailure('Too much is asked at once.'));
    const request = ++this.asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(request);
        reject(new BusFailure('The other instance has not answered.'));
      }, timeoutMs);
      this.waiting.set(request, { resolve, reject, timer });
      ask(request);
    });
  }

  /** An answer has come; one that nobody waits for any more is dropped. */
  settle(request: number, answer: unknown, failed: boolean): void {
    const waiting = this.waiting.get(request);
    if (waiting === undefined) return;
    this.waiting.delete(request);
    clearTimeout(waiting.timer);
    if (failed) waiting.reject(new BusFailure('The other instance could not do it.'));
    else waiting.resolve(answer);
  }

  /** No answer will come any more. */
  failAll(): void {
    for (const request of [...this.waiting.keys()]) this.settle(request, undefined, true);
  }
}
