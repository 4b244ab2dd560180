import { AppError } from '../../../platform/errors/app-error.js';
import { errors } from '../../../platform/errors/errors.js';
import type { ErrorCode } from '../../../platform/errors/error-codes.js';
import type { ChatEvent } from '../../events/chat-event.js';
import type { PredictionDto } from './predict.dto.js';
import { sourceDocument, usedTool } from './predict.encoder.js';

/**
 * The answer of a turn that has ended, as one JSON object.
 * @throws AppError when the turn did not complete, with the code that the stream would have shown
 */
export function encodePrediction(
  turn: { readonly id: string; readonly sessionId: string },
  events: readonly ChatEvent[],
): PredictionDto {
  let text = '';
  const sources: unknown[] = [];
  const tools: unknown[] = [];
  for (const event of events) {
    if (event.type === 'text-delta') text += event.text;
    else if (event.type === 'sources') sources.push(...event.sources.map(sourceDocument));
    else if (event.type === 'tool-result') tools.push(usedTool(event));
    else if (event.type === 'error') {
      throw new AppError(event.code as ErrorCode, event.message, {
        kind: 'operational',
        details: { turnId: turn.id },
      });
    }
  }
  const end = events.at(-1);
  if (end?.type !== 'turn-end') throw errors.turnInterrupted();
  return {
    text,
    sessionId: turn.sessionId,
    turnId: turn.id,
    messageId: end.messageId ?? '',
    charged: end.charged,
    ...(sources.length === 0 ? {} : { sourceDocuments: sources }),
    ...(tools.length === 0 ? {} : { usedTools: tools }),
  };
}
