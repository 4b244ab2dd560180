import { errors } from '../../platform/errors/errors.js';
import { BodyDecoder, type ReadBody } from '../http/body.decoder.js';
import type { StreamDecoder } from '../http/stream-decoder.port.js';
import { toUnknownFailure } from '../http/told-failure.js';
import { isTooComplex } from '../../platform/json/json-complexity.js';
import { parseJson } from '../../platform/json/json-object.js';
import { TextBatch } from '../text-batch.js';
import { isOpenAiChunk } from './openai-chunk.js';
import { OpenAiCompletion } from './openai-completion.js';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A chat completion that came as one document, from a server that does not stream. */
export function createOpenAiJsonDecoder(): {
  readonly decoder: StreamDecoder;
  readonly completion: OpenAiCompletion;
} {
  const batch = new TextBatch();
  const completion = new OpenAiCompletion(batch);
  const read = (text: string, complete: boolean): ReadBody => {
    if (!complete) return failed('The upstream sent an answer that is too large.');
    if (isTooComplex(text)) return failed('The upstream sent an answer that is too complex.');
    const answer = parseJson(text);
    if (!isOpenAiChunk(answer)) {
      return {
        events: [],
        outcome: toUnknownFailure('OpenAI', answer ?? text),
        isTold: answer !== undefined,
      };
    }
    completion.accept(answer);
    completion.finishReason ??= 'stop';
    const outcome = completion.conclude();
    return { events: batch.takeAll(), outcome, isTold: true };
  };
  const onSilence = () => errors.upstreamTimeout('The upstream fell silent before it was done.');
  return { decoder: new BodyDecoder({ maxBytes: MAX_ANSWER_BYTES, read, onSilence }), completion };
}

function failed(text: string): ReadBody {
  return { events: [], outcome: errors.upstreamFailed(text) };
}
