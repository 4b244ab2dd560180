import { errors } from '../platform/errors/errors.js';
import type { HumanInput } from './chat-provider.port.js';

/**
 * The place where a call waits for a human. An answer may come as soon as the question is known, which is before the
 * upstream has finished the response that asks it; it is kept until the call comes to wait.
 */
export class InputWait {
  private asked = false;
  private given: HumanInput | undefined;
  private wake: (() => void) | undefined;

  /** The upstream has asked; from now on one answer is taken. */
  ask(): void {
    this.asked = true;
    this.given = undefined;
  }

  /** @throws AppError `conflict` when nothing is asked, or it is answered already */
  provide(input: HumanInput): void {
    if (!this.asked) throw errors.conflict('This turn is not waiting for input.');
    if (this.given !== undefined) throw errors.conflict('This turn has got its input already.');
    this.given = input;
    this.wake?.();
  }

  /**
   * Waits for the answer.
   * @param limitMs longest wait
   * @returns `undefined` when nobody has answered in time
   * @throws the signal's reason when it aborts in the meantime
   */
  async take(limitMs: number, signal: AbortSignal): Promise<HumanInput | undefined> {
    signal.throwIfAborted();
    if (this.given === undefined) await this.sleep(limitMs, signal);
    this.asked = false;
    signal.throwIfAborted();
    return this.given;
  }

  private async sleep(limitMs: number, signal: AbortSignal): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let wake: () => void = () => {};
    await new Promise<void>((resolve) => {
      wake = () => {
        resolve();
      };
      this.wake = wake;
      timer = setTimeout(wake, limitMs);
      signal.addEventListener('abort', wake, { once: true });
    });
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.wake = undefined;
  }
}
