import type { GivenUpWait } from '../../platform/errors/late-answer.js';

/** How long a request waits for one answer of the database before it is told that there is none; what it does then has to fit into the rest of two seconds. */
export const PROMPT_WAIT_MS = 1400;
/** The same as long as the last wait was in vain and nothing has been heard since: whoever tidies up behind it does not wait as long once more. */
export const SILENT_WAIT_MS = 150;

/**
 * The database did not answer in time. Nobody knows whether it has done, or will do, what it was asked: to callers it is what a connection is that was
 * lost behind the request.
 */
export class DatabaseSilent extends Error implements GivenUpWait {
  override readonly name = 'DatabaseSilent';

  constructor(
    waitedMs: number,
    readonly answered: Promise<void>,
  ) {
    super(`The database did not answer within ${waitedMs} ms`);
  }
}

/** Bounds waits for a database whose network drops packets: no connection ends then, and the driver has no time limit for an operation. */
export class DatabaseSilence {
  private isSilent = false;

  /**
   * Waits for an answer, however long it takes if `patient`. An operation that is given up goes on by itself; whatever comes of it ends the silence.
   * @throws DatabaseSilent
   */
  async await<T>(operation: PromiseLike<T>, patient = false): Promise<T> {
    const answered = Promise.resolve(operation).then(
      (value) => {
        this.isSilent = false;
        return value;
      },
      (error: unknown) => {
        // A server's own refusal is an answer.
        if ((error as { readonly name?: unknown } | undefined)?.name === 'MongoServerError')
          this.isSilent = false;
        throw error;
      },
    );
    if (patient) return answered;
    const waitMs = this.isSilent ? SILENT_WAIT_MS : PROMPT_WAIT_MS;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // If this process itself stood still, the answer lies in the socket, which is read before this comes.
        timer = setTimeout(() => {
          this.isSilent = true;
          const ignore = (): void => undefined;
          reject(new DatabaseSilent(waitMs, answered.then(ignore, ignore)));
        }, GRACE_MS);
      }, waitMs);
    });
    try {
      return await Promise.race([answered, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const GRACE_MS = 20;
