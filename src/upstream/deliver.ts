import type { ProviderEvent } from '../contract/chat-event.js';
import type { ProviderCall } from './chat-provider.port.js';
import type { EventStream } from './http/event-stream.js';

type Batch = readonly ProviderEvent[];

/** Hands a call's events over as they come. @throws what the call fails with */
export function deliver(
  call: Pick<ProviderCall, 'events' | 'deliver'>,
  take: (batch: Batch) => void,
): Promise<void> {
  return call.deliver === undefined ? deliverEach(call.events, take) : call.deliver(take);
}

async function deliverEach(events: AsyncIterable<Batch>, take: (batch: Batch) => void): Promise<void> {
  for await (const batch of events) take(batch);
}

/**
 * Hands over what the running response brings, and then what the call itself makes of its end, which may be another response.
 * @param stream the response that runs; undefined before the first
 */
export async function deliverAround(
  steps: AsyncIterator<Batch>,
  stream: () => EventStream | undefined,
  take: (batch: Batch) => void,
): Promise<void> {
  try {
    for (;;) {
      await stream()?.deliver(take);
      const step = await steps.next();
      if (step.done === true) return;
      take(step.value);
    }
  } catch (error) {
    await steps.return?.();
    throw error;
  }
}
