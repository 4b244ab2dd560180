import type { ProviderEvent } from '../../chat/events/chat-event.js';
import { pause } from '../abortable.js';
import { wordChunks } from '../assistant/word-chunks.js';
import type { ProviderCall } from '../chat-provider.port.js';
import type { Chunking } from '../upstream-caller.port.js';

/**
 * Shows an answer that arrives whole as if it were being written; answers that stream are left as they are. A reader that is slower
 * than this gets several pieces merged, as always.
 * @throws the signal's reason when it aborts during a pause
 */
export async function* chunked(
  call: ProviderCall,
  { words, delayMs }: Chunking,
  signal: AbortSignal,
): AsyncGenerator<readonly ProviderEvent[], undefined> {
  let isFirst = true;
  for await (const batch of call.events) {
    if (call.arrivedWhole !== true) {
      yield batch;
      continue;
    }
    for (const event of batch) {
      if (event.type !== 'text-delta') {
        yield [event];
        continue;
      }
      for (const text of wordChunks(event.text, words)) {
        if (!isFirst && delayMs > 0) await pause(delayMs, signal);
        signal.throwIfAborted();
        isFirst = false;
        yield [{ type: 'text-delta', text }];
      }
    }
  }
}
