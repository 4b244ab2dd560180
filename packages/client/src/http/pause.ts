/** The part of a browser's global object that tells whether there is a network. */
interface NetworkStatus {
  readonly navigator?: { readonly onLine?: boolean };
  addEventListener?(type: 'online', listener: () => void): void;
  removeEventListener?(type: 'online', listener: () => void): void;
}

/**
 * Waits. In a browser that has just come back online it ends at once, because waiting longer would help nobody; in one that is offline it
 * goes on until there is a network again.
 * @throws the signal's reason when it aborts
 */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const network = globalThis as NetworkStatus;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const timer = setTimeout(() => {
      isOver = true;
      if (network.navigator?.onLine !== false) end();
    }, milliseconds);
    const end = (): void => {
      release();
      resolve();
    };
    const onOnline = (): void => {
      if (!isOver) clearTimeout(timer);
      end();
    };
    const onAbort = (): void => {
      release();
      // The reason of a signal is whatever its owner gave.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      reject(signal?.reason);
    };
    const release = (): void => {
      clearTimeout(timer);
      network.removeEventListener?.('online', onOnline);
      signal?.removeEventListener('abort', onAbort);
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    network.addEventListener?.('online', onOnline);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
