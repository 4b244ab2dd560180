import type { ProviderReport } from '../chat-provider.port.js';
import { errors } from '../../platform/errors/errors.js';
import { BodyDecoder, type ReadBody } from '../http/body.decoder.js';
import type { StreamDecoder } from '../http/stream-decoder.port.js';
import { TextBatch } from '../text-batch.js';
import { toFlowiseFailure } from './flowise-failure.js';
import { isTooComplex } from '../../platform/json/json-complexity.js';
import { isObject, type JsonObject } from '../../platform/json/json-object.js';
import { readStoredText } from './stored-text.js';
import { FlowiseTurn, type FlowiseMemory } from './flowise-turn.js';

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The answer of a flow that cannot stream: one JSON document, whose members mean what the events of that name mean. */
export function createFlowiseJsonDecoder(report: ProviderReport, memory?: FlowiseMemory): StreamDecoder {
  return new BodyDecoder({
    maxBytes: MAX_ANSWER_BYTES,
    read: (text, complete) => readAnswer(text, complete, report, memory),
    onSilence: () => errors.upstreamTimeout('The upstream fell silent before it was done.'),
  });
}

function readAnswer(
  body: string,
  complete: boolean,
  report: ProviderReport,
  memory?: FlowiseMemory,
): ReadBody {
  if (!complete)
    return { events: [], outcome: errors.upstreamFailed('The upstream sent an answer that is too large.') };
  if (isTooComplex(body))
    return { events: [], outcome: errors.upstreamFailed('The upstream sent an answer that is too complex.') };
  const answer = parse(body);
  if (answer === undefined)
    return { events: [], outcome: errors.upstreamFailed('The upstream sent no valid answer.') };
  if (answer.success === false) {
    return { events: [], outcome: toFlowiseFailure(answer.message), isTold: true };
  }
  const text = textOf(answer);
  if (text === undefined)
    return { events: [], outcome: errors.upstreamFailed('The upstream sent no answer.') };
  const batch = new TextBatch();
  const turn = new FlowiseTurn(batch, report, memory);
  turn.accept({ event: 'token', data: text });
  for (const event of [
    'sourceDocuments',
    'usedTools',
    'artifacts',
    'fileAnnotations',
    'agentReasoning',
    'action',
  ]) {
    const data = answer[event];
    if (data !== undefined && data !== null) turn.accept({ event, data });
  }
  turn.accept({ event: 'metadata', data: answer });
  return { events: batch.takeAll(), outcome: 'done' };
}

function parse(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    // Not JSON after all; the caller says so.
    return undefined;
  }
}

/** A flow with a structured output parser answers `json` instead of `text`; Flowise's own client shows it fenced. */
function textOf(answer: JsonObject): string | undefined {
  const { text, json } = answer;
  if (typeof text === 'string') return readStoredText(text) ?? '';
  if (json !== undefined && json !== null) return `\`\`\`json\n${JSON.stringify(json, null, 2)}\n\`\`\``;
  return text === undefined || text === null ? undefined : JSON.stringify(text);
}
