import { errors } from '../../platform/errors/errors.js';
import { BodyDecoder, type ReadBody } from '../http/body.decoder.js';
import type { StreamDecoder } from '../http/stream-decoder.port.js';
import { toUnknownFailure } from '../http/told-failure.js';
import { isTooComplex } from '../../platform/json/json-complexity.js';
import { parseJson } from '../../platform/json/json-object.js';
import { TextBatch } from '../text-batch.js';
import { isStormEvent } from './storm-event.js';
import { StormTurn } from './storm-turn.js';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A Storm answer that came as one document. */
export function createStormJsonDecoder(): { readonly decoder: StreamDecoder; readonly turn: StormTurn } {
  const batch = new TextBatch();
  const turn = new StormTurn(batch);
  const read = (text: string, complete: boolean): ReadBody => {
    if (!complete) return failed('The upstream sent an answer that is too large.');
    if (isTooComplex(text)) return failed('The upstream sent an answer that is too complex.');
    const answer = parseJson(text);
    if (!isStormEvent(answer)) {
      return { events: [], outcome: toUnknownFailure('Storm', answer ?? text), isTold: answer !== undefined };
    }
    turn.accept(answer, true);
    return { events: batch.takeAll(), outcome: turn.outcome ?? 'done', isTold: true };
  };
  const onSilence = () => errors.upstreamTimeout('The upstream fell silent before it was done.');
  return { decoder: new BodyDecoder({ maxBytes: MAX_ANSWER_BYTES, read, onSilence }), turn };
}

function failed(text: string): ReadBody {
  return { events: [], outcome: errors.upstreamFailed(text) };
}
