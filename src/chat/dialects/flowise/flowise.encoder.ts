import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, TurnEnd } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { aroundText, TEXT } from '../frame-template.js';
import { nativeFrame } from '../predict/predict.encoder.js';
import { retryAfter, type RetryAfter } from '../retry-after.js';
import type { FlowiseFrame, FlowiseTextFrame } from './flowise.wire.js';

const TOKEN: FlowiseTextFrame = { event: 'token', data: TEXT };
const [TOKEN_HEAD, TOKEN_TAIL] = aroundText(TOKEN);

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
        return `message:\ndata:${TOKEN_HEAD}${toJson(event.text)}${TOKEN_TAIL}\n\n`;
      case 'turn-start':
        return frame({ event: 'start', data: '' } satisfies FlowiseTextFrame);
      case 'reasoning-delta':
        return frame({ event: 'thinking', data: event.text } satisfies FlowiseTextFrame);
      case 'usage': {
        const { inputTokens, outputTokens, totalTokens } = event;
        const data = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: totalTokens };
        return frame({ event: 'usageMetadata', data });
      }
      case 'metadata':
        return '';
      case 'error':
        return frame({ event: 'error', data: event.message } satisfies FlowiseTextFrame, retryAfter(event));
      case 'turn-end':
        return this.encodeEnd(event);
      default: {
        const native = nativeFrame(event);
        return native === undefined ? '' : frame(native);
      }
    }
  }

  private encodeEnd({ outcome, messageId, finishReason = 'stop' }: TurnEnd): string {
    const end = frame({ event: 'end', data: '[DONE]' } satisfies FlowiseTextFrame);
    if (outcome !== 'completed') return end;
    return frame({ event: 'metadata', data: { ...flowiseIds(this.turn, messageId), finishReason } }) + end;
  }
}

export interface FlowiseIds {
  readonly chatId: string;
  readonly chatMessageId: string;
  readonly question: string;
  readonly sessionId: string;
}

/** Flowise's names for what it knows about an answer; its chat is our session. */
export function flowiseIds(turn: FlowiseTurn, messageId = ''): FlowiseIds {
  return {
    chatId: turn.sessionId,
    chatMessageId: messageId,
    question: turn.question,
    sessionId: turn.sessionId,
  };
}

/** @param others members beside those that Flowise knows */
function frame({ event, data }: FlowiseFrame, others: RetryAfter = {}): string {
  return `message:\ndata:${toJson({ event, data, ...others })}\n\n`;
}
