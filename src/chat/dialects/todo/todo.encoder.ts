import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { retryAfter } from '../retry-after.js';

/** Shows that the agent is at work before it has said or done anything. */
const THINKING = frame({ type: 'thinking', message: 'Processing your request...' });

/**
 * The todo assistant's frames. Its clients split on empty lines and test for `data: `, so there is nothing else in the stream: no ids, no
 * event names, and heartbeats are frames of their own.
 */
export class TodoEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n\n';
  private hasFailed = false;

  /** @param showsTools whether the tools of the agent and its thoughts are part of the stream */
  constructor(private readonly showsTools: boolean) {}

  /** Whether the turn's failure has been written. */
  get failed(): boolean {
    return this.hasFailed;
  }

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return `data: {"type":"text","content":${toJson(event.text)}}\n\n`;
      case 'turn-start':
        return frame({ type: 'start', conversation_id: event.sessionId }) + (this.showsTools ? THINKING : '');
      case 'error':
        this.hasFailed = true;
        return frame({ type: 'error', message: event.message, ...retryAfter(event) });
      case 'turn-end':
        return `${event.outcome === 'completed' ? frame({ type: 'done' }) : ''}data: [DONE]\n\n`;
      default:
        return this.showsTools ? encodeStep(event) : '';
    }
  }
}

function encodeStep(event: ChatEvent): string {
  switch (event.type) {
    case 'reasoning-delta':
      return frame({ type: 'thinking', message: event.text });
    case 'input-request':
      return frame({ type: 'thinking', message: event.prompt });
    case 'tool-call':
      return frame({ type: 'tool_call', name: event.toolName, arguments: asText(event.input) });
    case 'tool-result':
      return frame({ type: 'tool_result', name: event.toolName, result: asText(event.output) });
    default:
      return '';
  }
}

/** The clients show both as they are. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {});
}

function frame(value: object): string {
  return `data: ${toJson(value)}\n\n`;
}
