import { Schema } from 'mongoose';
import type { NativeFrame, Source, Usage } from '../../contract/chat-event.js';
import type { StoredAnswer, StoredEvent } from '../../chat/records/stored-answer.js';
import type { FieldsOf } from '../fields-of.js';

/** A part of a document of ours: it has no id, and empty objects in it are stored as they are. */
export const PART_OF_DOCUMENT = { _id: false, minimize: false } as const;

const TEXT = { type: String, required: true };
const COUNT = { type: Number, required: true };
/** JSON of an upstream, a model or a tool, of any shape: also `null`, and absent where it was undefined. */
const THEIR_JSON = { type: Schema.Types.Mixed };

/** Token counts as the upstream reports them. */
export const USAGE_FIELDS = {
  inputTokens: { type: Number },
  outputTokens: { type: Number },
  totalTokens: { type: Number },
} satisfies FieldsOf<Omit<Usage, 'type'>>;

const nativeSchema = new Schema(
  {
    event: TEXT,
    // The upstream's own frame, for clients that speak its dialect: shown as it came.
    data: THEIR_JSON,
    withoutSources: { type: Boolean },
  } satisfies FieldsOf<NativeFrame>,
  PART_OF_DOCUMENT,
);
/** `null` where the frame is shown with another event. */
const NATIVE = { type: nativeSchema, default: null };

const sourceSchema = new Schema(
  {
    id: { type: String },
    title: { type: String },
    url: { type: String },
    text: { type: String },
    // What a loader of documents has noted of its own accord.
    metadata: THEIR_JSON,
  } satisfies FieldsOf<Source>,
  PART_OF_DOCUMENT,
);

/** Of each kind of stored event, its fields besides `type`. */
const EVENT_FIELDS = {
  text: { length: COUNT },
  'reasoning-delta': { text: TEXT },
  'tool-call': {
    toolCallId: TEXT,
    toolName: TEXT,
    // What a tool takes and gives is its own affair.
    input: THEIR_JSON,
    clientArguments: { type: String },
    native: NATIVE,
  },
  'tool-result': {
    toolCallId: TEXT,
    toolName: TEXT,
    input: THEIR_JSON,
    output: THEIR_JSON,
    isError: { type: Boolean },
    native: NATIVE,
  },
  sources: { sources: { type: [sourceSchema], required: true }, native: NATIVE },
  usage: USAGE_FIELDS,
  metadata: {
    upstreamChatId: { type: String },
    upstreamMessageId: { type: String },
    upstreamSessionId: { type: String },
    model: { type: String },
  },
  'input-request': {
    requestId: TEXT,
    prompt: TEXT,
    choices: { type: [String], default: undefined },
    native: NATIVE,
  },
  'upstream-event': { native: { type: nativeSchema, required: true } },
} satisfies { readonly [Type in StoredEvent['type']]: FieldsOf<Omit<EventOf<Type>, 'type'>> };

type EventOf<Type> = Extract<StoredEvent, { readonly type: Type }>;

const EVENT_SCHEMAS = Object.entries(EVENT_FIELDS).map(
  ([type, fields]) => [type, new Schema(fields, PART_OF_DOCUMENT)] as const,
);

/**
 * What an event list holds: a union by `type`. A new one for each place: Mongoose keeps in a schema which kinds were applied to the list that it is in.
 */
export function storedEventSchema(): Schema {
  const union = new Schema({}, { ...PART_OF_DOCUMENT, discriminatorKey: 'type' });
  for (const [type, schema] of EVENT_SCHEMAS) union.discriminator(type, schema);
  return union;
}

/** An answer, or a piece of one. */
export function storedAnswerSchema(): Schema {
  return new Schema(
    { text: TEXT, events: { type: [storedEventSchema()], required: true } } satisfies FieldsOf<StoredAnswer>,
    PART_OF_DOCUMENT,
  );
}
