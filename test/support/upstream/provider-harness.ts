import type { ProviderEvent } from '../../../src/contract/chat-event.js';
import type { AppConfig, UpstreamConfig } from '../../../src/config/app-config.js';
import { loadConfig } from '../../../src/config/load-config.js';
import type { ProviderCall, ProviderRequest } from '../../../src/upstream/chat-provider.port.js';
import { deliver } from '../../../src/upstream/deliver.js';

/** The default configuration with these settings of the upstreams. */
export function upstreamConfig(upstream: Partial<UpstreamConfig>): AppConfig {
  const config = loadConfig({ NODE_ENV: 'test' });
  return { ...config, upstream: { ...config.upstream, ...upstream } };
}

/** A request without a conversation, with these changes. */
export function providerRequest(changes: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    turnId: 'turn-1',
    userId: 'user-1',
    chatflowId: 'flow-1',
    target: {},
    question: 'Hi',
    history: [],
    ...changes,
  };
}

/** What a call gave before it ended or failed. */
export interface Collected {
  readonly events: readonly ProviderEvent[];
  readonly batches: readonly (readonly ProviderEvent[])[];
  readonly error: unknown;
}

/** Takes a call's events to its end, as a turn does, and keeps what it failed with. */
export async function collect(call: Pick<ProviderCall, 'events' | 'deliver'>): Promise<Collected> {
  const batches: (readonly ProviderEvent[])[] = [];
  let error: unknown;
  try {
    await deliver(call, (batch) => batches.push(batch));
  } catch (thrown) {
    error = thrown;
  }
  return { events: batches.flat(), batches, error };
}
