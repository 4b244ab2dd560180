import {
  BOOLEAN,
  INTEGER,
  listOf,
  literal,
  object,
  oneOfTexts,
  ref,
  STRING,
  union,
  type NamedSchemas,
  type Schema,
} from '../../../platform/swagger/schemas.js';

const CALL = { toolCallId: STRING, providerExecuted: BOOLEAN };

function part(
  type: string,
  description: string,
  members: Readonly<Record<string, Schema>> = {},
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return object(description, { type: literal(type), ...members }, optional);
}

export const AI_SDK_SCHEMAS: NamedSchemas = {
  UiMessagePart: object(
    'A text, a file, or a part of an earlier answer, which is known here.',
    { type: STRING },
    { text: STRING, url: STRING, mediaType: STRING, filename: STRING },
  ),
  UiMessage: object(
    'A message as `useChat` keeps it.',
    { role: oneOfTexts('user', 'assistant', 'system') },
    {
      id: STRING,
      parts: listOf(ref('UiMessagePart')),
      content: { ...STRING, description: 'In place of `parts`, as version 4 had it.' },
    },
  ),
  UiStart: part('start', 'The message begins.', {
    messageId: STRING,
    messageMetadata: object('The turn’s ids.', { turnId: STRING, sessionId: STRING, chatflowId: STRING }),
  }),
  UiStartStep: part('start-step', 'A step begins.'),
  UiTextStart: part('text-start', 'A text begins.', { id: STRING }),
  UiTextDelta: part('text-delta', 'A piece of it.', { id: STRING, delta: STRING }),
  UiTextEnd: part('text-end', 'It ends.', { id: STRING }),
  UiReasoningStart: part('reasoning-start', 'The model’s reasoning begins.', { id: STRING }),
  UiReasoningDelta: part('reasoning-delta', 'A piece of it.', { id: STRING, delta: STRING }),
  UiReasoningEnd: part('reasoning-end', 'It ends.', { id: STRING }),
  UiToolInput: part('tool-input-available', 'A tool is called on the server.', {
    ...CALL,
    toolName: STRING,
    input: ref('JsonValue'),
  }),
  UiToolOutput: part('tool-output-available', 'What came of it.', { ...CALL, output: ref('JsonValue') }),
  UiToolError: part('tool-output-error', 'It failed.', { ...CALL, errorText: STRING }),
  UiSourceUrl: part(
    'source-url',
    'A page that the answer rests on.',
    { sourceId: STRING, url: STRING },
    { title: STRING },
  ),
  UiSourceDocument: part(
    'source-document',
    'A document that the answer rests on.',
    { sourceId: STRING, mediaType: STRING, title: STRING },
    {
      providerMetadata: object(
        'What else is known of it.',
        {},
        {
          tollgate: object('Its text and metadata.', {}, { text: STRING, metadata: ref('JsonObject') }),
        },
      ),
    },
  ),
  UiInputRequest: part('data-input-request', 'An agent waits for a human.', {
    id: STRING,
    data: object('The question.', { prompt: STRING, choices: listOf(STRING) }),
  }),
  UiError: part('error', 'The turn did not complete; nothing follows.', { errorText: STRING }),
  UiFinishStep: part('finish-step', 'The step ends.'),
  UiFinish: part('finish', 'The answer is stored and charged.', {
    finishReason: ref('FinishReason'),
    messageMetadata: object('The turn’s end.', { charged: INTEGER }, { usage: ref('TokenUsage') }),
  }),
  UiMessageChunk: union('One part of a UI message stream, version 1.', 'type', {
    start: 'UiStart',
    'start-step': 'UiStartStep',
    'text-start': 'UiTextStart',
    'text-delta': 'UiTextDelta',
    'text-end': 'UiTextEnd',
    'reasoning-start': 'UiReasoningStart',
    'reasoning-delta': 'UiReasoningDelta',
    'reasoning-end': 'UiReasoningEnd',
    'tool-input-available': 'UiToolInput',
    'tool-output-available': 'UiToolOutput',
    'tool-output-error': 'UiToolError',
    'source-url': 'UiSourceUrl',
    'source-document': 'UiSourceDocument',
    'data-input-request': 'UiInputRequest',
    error: 'UiError',
    'finish-step': 'UiFinishStep',
    finish: 'UiFinish',
  }),
  UiMessageStreamEvent: {
    description: 'What stands behind `data:` in a UI message stream.',
    anyOf: [ref('UiMessageChunk'), ref('StreamDone')],
  },
};
