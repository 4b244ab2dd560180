import type { ProviderReport } from '../chat-provider.port.js';
import { StrictPayloadDecoder } from '../sse/strict-payload.decoder.js';
import { TextBatch } from '../text-batch.js';
import { isStormEvent, type StormEvent } from './storm-event.js';
import { StormTurn } from './storm-turn.js';

/** Storm's event stream in both of its shapes, from bytes to canonical events. */
export class StormDecoder extends StrictPayloadDecoder<StormEvent> {
  readonly turn: StormTurn;

  constructor(report: ProviderReport) {
    const batch = new TextBatch();
    super(report, isStormEvent, batch, 'Storm');
    this.turn = new StormTurn(batch);
  }

  protected accept(event: StormEvent): void {
    this.turn.accept(event);
    this.outcome = this.turn.outcome;
  }
}
