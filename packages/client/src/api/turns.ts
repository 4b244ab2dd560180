import type { Transport } from '../http/transport.js';
import type { StoppedTurn } from '../stream/chat-stream.js';
import type { Turn } from './types.js';

/** Turns by their id. All methods throw TollgateError. */
export class TurnsApi {
  constructor(private readonly transport: Transport) {}

  get(turnId: string, signal?: AbortSignal): Promise<Turn> {
    return this.transport.json({ path: `/turns/${encodeURIComponent(turnId)}`, signal });
  }

  /**
   * Answers what an agent asks in a running turn, of a chatflow that waits for it; the turn's stream goes on.
   * @throws TollgateError `conflict` when the turn does not wait for an answer
   */
  async provideInput(
    turnId: string,
    input: { readonly action?: 'proceed' | 'reject'; readonly content?: string },
  ): Promise<void> {
    const path = `/turns/${encodeURIComponent(turnId)}/input`;
    await this.transport.json({ method: 'POST', path, body: input });
  }

  /** Resolves once the turn is settled; one that has ended already answers its outcome. */
  stop(turnId: string): Promise<StoppedTurn> {
    const path = `/turns/${encodeURIComponent(turnId)}/stop`;
    return this.transport.json({ method: 'POST', path, repeatable: true });
  }
}
