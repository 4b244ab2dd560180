import type { ServerResponse } from 'node:http';

/** A client that has taken nothing of a download for so long gets no more. */
const STALLED_AFTER_MS = 60_000;

/** Breaks the connection off once its client has taken nothing for a while, so that what is read for it is not held for ever. */
export function endWhenStalled(response: ServerResponse, afterMs = STALLED_AFTER_MS): void {
  response.setTimeout(afterMs, () => response.destroy());
}
