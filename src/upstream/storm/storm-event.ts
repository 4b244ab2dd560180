import type { Source } from '../../chat/events/chat-event.js';
import { asText, isObject, type JsonObject } from '../json/json-object.js';

/** One event of a Storm stream, or a whole answer: both have the same envelope. */
export interface StormEvent {
  readonly status: string;
  readonly data?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
}

export function isStormEvent(value: unknown): value is StormEvent {
  return isObject(value) && typeof value.status === 'string';
}

/** What one event says, whichever of the two stream shapes it has. */
export interface StormNews {
  readonly text: string | undefined;
  /** Absent: this event is not about documents. */
  readonly sources: readonly Source[] | undefined;
  readonly threadId: string | undefined;
  readonly chatId: string | undefined;
  readonly model: string | undefined;
  readonly isFinal: boolean;
}

const FINISHED = 'create-chat-log-finished';

/**
 * Shape A wraps its news once more (`data.data`, beside `sseEventOperation`) and speaks in `choices`; shape B has it directly in
 * `data` and speaks in `message`; a whole answer has it in `data.chat`.
 */
export function readStormEvent({ data }: StormEvent): StormNews {
  const outer = isObject(data) ? data : {};
  const operation = asText(outer.sseEventOperation);
  const inner = operation !== undefined && isObject(outer.data) ? outer.data : outer;
  const chat = isObject(inner.chat) ? inner.chat : {};
  return {
    text: textOf(inner) ?? asText(chat.answer),
    sources: Array.isArray(inner.contexts) ? inner.contexts.flatMap(toSource) : undefined,
    threadId: idOf(inner.threadId) ?? idOf(chat.threadId) ?? idOf(outer.threadId),
    chatId: idOf(inner.id) ?? idOf(chat.id),
    model: asText(inner.model),
    isFinal: inner.is_final_event === true || operation === FINISHED,
  };
}

function textOf({ message, choices }: JsonObject): string | undefined {
  if (isObject(message)) return asText(message.content);
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(first) && isObject(first.delta) ? asText(first.delta.content) : undefined;
}

/** Ids are strings of more digits than a number can hold: one that came as a number has lost its end and names nothing. */
function idOf(value: unknown): string | undefined {
  return asText(value) === '' ? undefined : asText(value);
}

function toSource(context: unknown): Source[] {
  if (!isObject(context)) return [];
  const id = idOf(context.id);
  const title = asText(context.fileName);
  const text = asText(context.context);
  const { bucketName, pageName, referenceIdx, type } = context;
  const metadata = Object.fromEntries(
    Object.entries({ bucketName, pageName, referenceIdx, type }).filter(
      ([, value]) => typeof value === 'string' || typeof value === 'number',
    ),
  );
  return [
    {
      ...(id !== undefined && { id }),
      ...(title !== undefined && { title }),
      ...(text !== undefined && { text }),
      metadata,
    },
  ];
}
