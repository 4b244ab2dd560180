/** An error by which a wait was given up for an operation that goes on by itself. */
export interface GivenUpWait extends Error {
  /** Resolves when the operation has been answered after all, however; never rejects, and may never resolve. */
  readonly answered: Promise<void>;
}

/** @returns when what this error gave up waiting for is answered after all; undefined when it gave nothing up */
export function whenAnsweredAfterAll(thrown: unknown): Promise<void> | undefined {
  const { answered } = (thrown ?? {}) as Partial<GivenUpWait>;
  return answered instanceof Promise ? answered : undefined;
}
