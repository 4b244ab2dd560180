import type { ProviderEvent } from '../../contract/chat-event.js';
import { pause } from '../abortable.js';
import type { ProviderCall } from '../chat-provider.port.js';
import type { Chunking } from '../../contract/chunking.js';
import { textPieces } from './text-pieces.js';

/**
 * Shows an answer that arrives whole as if it were being written; answers that stream are left as they are. A reader that is slower
 * than this gets several pieces merged, as always.
 * @throws the signal's reason when it aborts during a pause
 */
export async function* chunked(
  call: ProviderCall,
  chunking: Chunking,
  signal: AbortSignal,
): AsyncGenerator<readonly ProviderEvent[], undefined> {
  let isFirst = true;
  for await (const batch of call.events) {
    if (call.arrivedWhole !== true) {
      yield batch;
      continue;
    }
    for (const event of batch) {
      for (const { shown, delayMs } of shownAs(event, chunking)) {
        if (!isFirst && delayMs > 0) await pause(delayMs, signal);
        signal.throwIfAborted();
        if (shown !== event) isFirst = false;
        yield [shown];
      }
    }
  }
}

interface Shown {
  readonly shown: ProviderEvent;
  /** Before it, unless it is the first piece of all. */
  readonly delayMs: number;
}

/** The pieces of an event, or itself. */
export function shownAs(event: ProviderEvent, chunking: Chunking): readonly Shown[] {
  const { delayMs, delays = {} } = chunking;
  if (event.type === 'text-delta') {
    return textPieces(event.text, chunking).map(({ text, isCode }) => ({
      shown: { type: 'text-delta', text },
      delayMs: isCode ? (delays.code ?? delayMs) : delayMs,
    }));
  }
  const pauseMs = delays.reasoning;
  if (event.type === 'reasoning-delta' && pauseMs !== undefined) {
    return textPieces(event.text, chunking).map(({ text }) => ({
      shown: { type: 'reasoning-delta', text },
      delayMs: pauseMs,
    }));
  }
  return [{ shown: event, delayMs: 0 }];
}
