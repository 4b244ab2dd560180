import type { FinishedTurn } from '../finished-turn.js';
import type { PredictionDto } from './predict.dto.js';
import { sourceDocument, usedTool } from './predict.encoder.js';

/** The answer of a completed turn as one JSON object. */
export function encodePrediction(
  turn: { readonly id: string; readonly sessionId: string },
  { text, sources, toolResults, messageId, charged, finishReason }: FinishedTurn,
): PredictionDto {
  return {
    text,
    sessionId: turn.sessionId,
    turnId: turn.id,
    messageId,
    charged,
    finishReason,
    ...(sources.length === 0 ? {} : { sourceDocuments: sources.map(sourceDocument) }),
    ...(toolResults.length === 0 ? {} : { usedTools: toolResults.map(usedTool) }),
  };
}
