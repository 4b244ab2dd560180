/** Nobody has counted, or nobody has said so in time: whoever asks counts on its own instance. What was asked may have been done all the same. */
export class SharedFailure extends Error {
  override readonly name = 'SharedFailure';
}

/**
 * Counts that all instances share: small scripts, each of them atomic. They are a help and never a condition: nobody waits for one longer than
 * `REDIS_WAIT_MS`, and nobody at all while it is known that no answer will come.
 */
export abstract class SharedScripts {
  /** Whether there is something to share with at all. Where there is not, every `run` fails. */
  abstract readonly isShared: boolean;

  /**
   * @param keys without the prefix; all of one script have the same `{tag}`
   * @returns what the script returns
   * @throws SharedFailure
   */
  abstract run(
    script: string,
    keys: readonly string[],
    values?: readonly (string | number)[],
  ): Promise<unknown>;
}

/** Where there is nothing to share with: every instance counts for itself. */
export class NoSharedScripts extends SharedScripts {
  readonly isShared = false;

  run(): Promise<never> {
    return Promise.reject(new SharedFailure('Nothing is shared.'));
  }
}
