import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent, Source } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { retryAfter } from '../retry-after.js';
import { toStormContexts } from './storm-contexts.js';

/** Lists of documents that are sent as soon as they are known. Each repeats all before it, so later ones wait until there is twice as much. */
export const PROMPT_LISTS = 8;

export interface StormTurn {
  readonly id: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly messageId: string;
}

/**
 * The event stream of the Storm API: `{"status":"success","data":…}` with contexts, pieces of the message and a final event, or
 * `{"status":"error",…}` in place of the final event, without which its clients take no answer for complete.
 */
export class StormEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n';
  private readonly head: string;
  private readonly sources: Source[] = [];
  private lists = 0;
  /** Of `sources` as JSON, and how many of them the last list had. */
  private characters = 0;
  private sentCharacters = 0;
  private hasFailed = false;

  constructor(private readonly turn: StormTurn) {
    const { id, messageId, chatflowId } = turn;
    const ids = { id: messageId, task_id: id, model: chatflowId };
    this.head = `data: {"status":"success","data":${toJson(ids).slice(0, -1)},`;
  }

  /** Whether the turn's failure has been written. */
  get failed(): boolean {
    return this.hasFailed;
  }

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return `${this.head}"message":{"content":${toJson(event.text)}}}}\n\n`;
      case 'turn-start':
        return `${this.head}"threadId":${toJson(this.turn.sessionId)}}}\n\n`;
      case 'sources':
        return this.addSources(event.sources);
      case 'error':
        this.hasFailed = true;
        return (
          this.unsentContexts() +
          frame({
            status: 'error',
            message: event.message,
            error: { code: event.code, message: event.message, ...retryAfter(event) },
          })
        );
      case 'turn-end':
        if (event.outcome !== 'completed') return '';
        return `${this.unsentContexts()}${this.head}"threadId":${toJson(this.turn.sessionId)},"is_final_event":true}}\n\n`;
      default:
        return '';
    }
  }

  /** Readers put a list in place of the one before. */
  private addSources(more: readonly Source[]): string {
    this.sources.push(...more);
    this.characters += toJson(more).length;
    const isDue = this.lists < PROMPT_LISTS || this.characters >= 2 * this.sentCharacters;
    return isDue ? this.unsentContexts() : '';
  }

  private unsentContexts(): string {
    if (this.sentCharacters === this.characters) return '';
    this.lists += 1;
    this.sentCharacters = this.characters;
    return frame({ status: 'success', data: { contexts: toStormContexts(this.sources) } });
  }
}

function frame(value: object): string {
  return `data: ${toJson(value)}\n\n`;
}
