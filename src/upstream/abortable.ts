/**
 * Begins `work` and waits for it, but no longer than until the signal aborts. Work that has begun goes on; whatever becomes of it then,
 * nobody hears of it. After an abort nothing is begun.
 * @throws the signal's reason
 */
export function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the reason is the caller's
      reject(signal.reason);
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    // Both handlers stay attached after an abort: a failure that comes late must not be an unhandled rejection, which would end the process.
    const over = begin(work).then(resolve, reject);
    void over.then(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/** What `work` throws before its promise exists is a rejection too. */
async function begin<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** @throws the signal's reason when it aborts in the meantime */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = () =>
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
  try {
    await untilAborted(elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
}
