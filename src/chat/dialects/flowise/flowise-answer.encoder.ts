import type { FinishedTurn } from '../finished-turn.js';
import { actionOf, sourceDocument, usedTool } from '../predict/predict.encoder.js';
import type { FlowiseAnswerDto } from './flowise.dto.js';
import { flowiseIds, type FlowiseTurn } from './flowise.encoder.js';

/** A completed turn as Flowise answers a prediction without streaming. */
export function encodeFlowiseAnswer(turn: FlowiseTurn, finished: FinishedTurn): FlowiseAnswerDto {
  const { text, sources, toolResults, messageId, inputRequest } = finished;
  return {
    text,
    ...flowiseIds(turn, messageId),
    ...(sources.length === 0 ? {} : { sourceDocuments: sources.map(sourceDocument) }),
    ...(toolResults.length === 0 ? {} : { usedTools: toolResults.map(usedTool) }),
    ...(inputRequest === undefined ? {} : { action: actionOf(inputRequest) }),
  };
}
