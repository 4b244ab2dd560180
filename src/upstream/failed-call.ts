import type { ProviderEvent } from '../contract/chat-event.js';
import type { ProviderCall } from './chat-provider.port.js';
import type { UpstreamCall } from './upstream-caller.port.js';

/** A call that could not be made: its iteration throws `error`, so that callers meet failures in one place only. */
export function failedCall(error: unknown): UpstreamCall & Pick<ProviderCall, 'reach'> {
  return {
    events: failing(error),
    report: { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0, retries: 0, fellBack: false, asked: [] },
    reach: 'unsent',
    stop: () => Promise.resolve({ acknowledged: true }),
  };
}

// eslint-disable-next-line require-yield, @typescript-eslint/require-await
async function* failing(error: unknown): AsyncGenerator<readonly ProviderEvent[]> {
  throw error;
}
