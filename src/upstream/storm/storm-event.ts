import type { Source } from '../../contract/chat-event.js';
import { tellsOfFailure } from '../http/told-failure.js';
import { asText, isObject, isPresent, type JsonObject } from '../../platform/json/json-object.js';

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

/** Members that are read, or that say nothing of the answer. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  'sseEventOperation',
  'data',
  'id',
  'task_id',
  'model',
  'threadId',
  'message',
  'choices',
  'contexts',
  'chat',
  'is_final_event',
  'createdAt',
  'updatedAt',
]);

/**
 * Shape A wraps its news once more (`data.data`, beside `sseEventOperation`) and speaks in `choices`; shape B has it directly in
 * `data` and speaks in `message`; a whole answer has it in `data.chat`.
 * @returns `undefined` when not all of it is understood
 */
export function readStormEvent(event: StormEvent): StormNews | undefined {
  const { data } = event;
  if (!isObject(data) || isPresent(event.error)) return undefined;
  const operation = asText(data.sseEventOperation);
  const inner = operation !== undefined && isObject(data.data) ? data.data : data;
  const chat = isObject(inner.chat) ? inner.chat : {};
  if (!isUnderstood(inner)) return undefined;
  const news: StormNews = {
    text: textOf(inner) ?? asText(chat.answer),
    sources: Array.isArray(inner.contexts) ? inner.contexts.flatMap(toSource) : undefined,
    threadId: idOf(inner.threadId) ?? idOf(chat.threadId) ?? idOf(data.threadId),
    chatId: idOf(inner.id) ?? idOf(chat.id),
    model: asText(inner.model),
    isFinal: inner.is_final_event === true || operation === FINISHED,
  };
  const says = news.text !== undefined || news.sources !== undefined || news.isFinal;
  return says || namesOnly(inner) ? news : undefined;
}

/** Whether what is there has the shape that it is read in. */
function isUnderstood(inner: JsonObject): boolean {
  const { message, choices, contexts, chat } = inner;
  if (tellsOfFailure(inner)) return false;
  if (isPresent(contexts) && !(Array.isArray(contexts) && contexts.every(isObject))) return false;
  if (isPresent(message) && !(isObject(message) && isContent(message.content))) return false;
  if (isPresent(chat) && !(isObject(chat) && isContent(chat.answer))) return false;
  if (!isPresent(choices)) return true;
  return (
    Array.isArray(choices) && choices.every((choice: unknown) => isObject(choice) && isDelta(choice.delta))
  );
}

function isDelta(delta: unknown): boolean {
  return isObject(delta) && isContent(delta.content);
}

function isContent(content: unknown): boolean {
  return !isPresent(content) || typeof content === 'string';
}

/** Whether an event that says nothing holds something known: a name, a role, a message without text. */
function namesOnly(inner: JsonObject): boolean {
  const names = Object.keys(inner).filter((name) => isPresent(inner[name]));
  return names.length > 0 && names.every((name) => KNOWN_MEMBERS.has(name) && name !== 'data');
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
