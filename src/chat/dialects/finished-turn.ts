import type { Response } from 'express';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import type { ErrorCode } from '../../contract/error-codes.js';
import type {
  ChatEvent,
  FinishReason,
  InputRequest,
  Source,
  ToolCall,
  ToolResult,
  Usage,
} from '../../contract/chat-event.js';
import type { TurnHandle } from '../turn/turn-handle.js';

/** Failures after which the same request may go well: nothing was charged for it. */
const RETRYABLE: readonly string[] = [
  'upstream_failed',
  'upstream_unavailable',
  'upstream_timeout',
  'turn_interrupted',
];

/** What a completed turn has said, for answers that are sent whole. */
export interface FinishedTurn {
  readonly text: string;
  readonly reasoning: string;
  readonly sources: readonly Source[];
  readonly toolResults: readonly ToolResult[];
  /** Tools that the client has to run; absent: none. */
  readonly clientCalls?: readonly ToolCall[];
  readonly inputRequest?: InputRequest;
  readonly usage?: Omit<Usage, 'type'>;
  readonly finishReason: FinishReason;
  readonly messageId: string;
  /** Credits taken. */
  readonly charged: number;
}

/**
 * Counts the response as a reader of the turn until the turn has ended, and puts together what it said.
 * @throws AppError as `readFinishedTurn` does, and `access_revoked` when the caller may not have the answer any more
 */
export async function finishTurn(response: Response, handle: TurnHandle): Promise<FinishedTurn> {
  let revoke = (): void => undefined;
  const revoked = new Promise<never>((_, reject) => (revoke = () => reject(errors.accessRevoked())));
  const stopWatching = handle.watch(() => revoke());
  if (response.closed) stopWatching();
  else response.once('close', stopWatching);
  const log = await Promise.race([handle.stream.whole(), revoked]);
  return readFinishedTurn(
    handle.turn.id,
    log.map(({ event }) => event),
  );
}

/**
 * @param events the whole log of a turn that has ended
 * @throws AppError when the turn did not complete, with the code that a stream would have shown
 */
export function readFinishedTurn(turnId: string, events: readonly ChatEvent[]): FinishedTurn {
  let text = '';
  let reasoning = '';
  const sources: Source[] = [];
  const toolResults: ToolResult[] = [];
  const clientCalls: ToolCall[] = [];
  let inputRequest: InputRequest | undefined;
  for (const event of events) {
    if (event.type === 'text-delta') text += event.text;
    else if (event.type === 'reasoning-delta') reasoning += event.text;
    else if (event.type === 'sources') sources.push(...event.sources);
    else if (event.type === 'tool-result') toolResults.push(event);
    else if (event.type === 'tool-call' && event.clientArguments !== undefined) clientCalls.push(event);
    else if (event.type === 'input-request') inputRequest = event;
    else if (event.type === 'error') {
      throw new AppError(event.code as ErrorCode, event.message, {
        kind: 'operational',
        retryable: RETRYABLE.includes(event.code),
        ...(event.retryAfterSeconds !== undefined && { retryAfterSeconds: event.retryAfterSeconds }),
        details: { turnId },
      });
    }
  }
  const end = events.at(-1);
  if (end?.type !== 'turn-end') throw errors.turnInterrupted();
  return {
    text,
    reasoning,
    sources,
    toolResults,
    ...(clientCalls.length === 0 ? {} : { clientCalls }),
    ...(inputRequest === undefined ? {} : { inputRequest }),
    ...(end.usage === undefined ? {} : { usage: end.usage }),
    finishReason: end.finishReason ?? 'stop',
    messageId: end.messageId ?? '',
    charged: end.charged,
  };
}
