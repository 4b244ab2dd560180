import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, TurnEnd } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { nativeFrame } from '../predict/predict.encoder.js';
import { retryAfter } from '../retry-after.js';

export interface FlowiseTurn {
  readonly id: string;
  readonly sessionId: string;
  readonly question: string;
}

/**
 * The frames of a Flowise server, byte for byte: `message:` (a field that parsers ignore), then the event as JSON without a space before
 * it. `metadata` comes before `end` when the turn completed; after `error`, `end` still follows, as Flowise does it.
 */
export class FlowiseEncoder implements TurnEncoder {
  /** One newline: Flowise's embeds read with `@microsoft/fetch-event-source`, which takes a blank line for an empty message. */
  readonly heartbeat = ': hb\n';

  constructor(private readonly turn: FlowiseTurn) {}

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return `message:\ndata:{"event":"token","data":${toJson(event.text)}}\n\n`;
      case 'turn-start':
        return frame('start', '');
      case 'reasoning-delta':
        return frame('thinking', event.text);
      case 'usage': {
        const { inputTokens, outputTokens, totalTokens } = event;
        return frame('usageMetadata', {
          input_tokens: inputTokens,
          output_tokens: outputTokens,
          total_tokens: totalTokens,
        });
      }
      case 'metadata':
        return '';
      case 'error':
        return frame('error', event.message, retryAfter(event));
      case 'turn-end':
        return this.encodeEnd(event);
      default: {
        const native = nativeFrame(event);
        return native === undefined ? '' : frame(native.event, native.data);
      }
    }
  }

  private encodeEnd({ outcome, messageId, finishReason = 'stop' }: TurnEnd): string {
    const end = frame('end', '[DONE]');
    return outcome === 'completed'
      ? frame('metadata', { ...flowiseIds(this.turn, messageId), finishReason }) + end
      : end;
  }
}

/** Flowise's names for what it knows about an answer; its chat is our session. */
export function flowiseIds(turn: FlowiseTurn, messageId = ''): Record<string, string> {
  return {
    chatId: turn.sessionId,
    chatMessageId: messageId,
    question: turn.question,
    sessionId: turn.sessionId,
  };
}

/** @param others members beside those that Flowise knows */
function frame(event: string, data: unknown, others: object = {}): string {
  return `message:\ndata:${toJson({ event, data, ...others })}\n\n`;
}
