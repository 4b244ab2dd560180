import {
  INTEGER,
  listOf,
  literal,
  object,
  ref,
  STRING,
  union,
  type NamedSchemas,
  type Schema,
} from '../../../platform/swagger/schemas.js';

const MESSAGE = { messageId: STRING };
const CALL = { toolCallId: STRING };

function agUi(type: string, description: string, members: Readonly<Record<string, Schema>>): Schema {
  return object(description, { type: literal(type), ...members });
}

function custom(name: string, description: string, value: Schema): Schema {
  return object(description, { type: literal('CUSTOM'), name: literal(name), value });
}

export const AG_UI_SCHEMAS: NamedSchemas = {
  AgUiContentPart: object(
    'A text, an image, a sound, a film, a document.',
    { type: STRING },
    { text: STRING, source: ref('JsonObject') },
  ),
  AgUiMessage: object(
    'A message of AG-UI.',
    { role: STRING },
    { id: STRING, content: { oneOf: [STRING, listOf(ref('AgUiContentPart'))] } },
  ),
  AgUiRunStarted: agUi('RUN_STARTED', 'Always first.', { threadId: STRING, runId: STRING }),
  AgUiRunFinished: agUi('RUN_FINISHED', 'The answer is stored and charged.', {
    threadId: STRING,
    runId: STRING,
    result: object('The turn’s end.', {
      messageId: STRING,
      charged: INTEGER,
      finishReason: ref('FinishReason'),
    }),
  }),
  AgUiRunError: agUi('RUN_ERROR', 'The turn did not complete; nothing follows.', {
    message: STRING,
    code: ref('ErrorCode'),
  }),
  AgUiTextMessageStart: agUi('TEXT_MESSAGE_START', 'A message begins.', {
    ...MESSAGE,
    role: literal('assistant'),
  }),
  AgUiTextMessageContent: agUi('TEXT_MESSAGE_CONTENT', 'A piece of it.', { ...MESSAGE, delta: STRING }),
  AgUiTextMessageEnd: agUi('TEXT_MESSAGE_END', 'It ends.', MESSAGE),
  AgUiReasoningStart: agUi('REASONING_START', 'The model reasons.', MESSAGE),
  AgUiReasoningMessageStart: agUi('REASONING_MESSAGE_START', 'Its reasoning begins.', {
    ...MESSAGE,
    role: literal('reasoning'),
  }),
  AgUiReasoningMessageContent: agUi('REASONING_MESSAGE_CONTENT', 'A piece of it.', {
    ...MESSAGE,
    delta: STRING,
  }),
  AgUiReasoningMessageEnd: agUi('REASONING_MESSAGE_END', 'It ends.', MESSAGE),
  AgUiReasoningEnd: agUi('REASONING_END', 'The model has reasoned.', MESSAGE),
  AgUiToolCallStart: agUi('TOOL_CALL_START', 'A tool is called.', { ...CALL, toolCallName: STRING }),
  AgUiToolCallArgs: agUi('TOOL_CALL_ARGS', 'Its arguments, as JSON in a text.', { ...CALL, delta: STRING }),
  AgUiToolCallEnd: agUi('TOOL_CALL_END', 'All arguments are told.', CALL),
  AgUiToolCallResult: agUi('TOOL_CALL_RESULT', 'What came of it.', {
    ...MESSAGE,
    ...CALL,
    content: STRING,
    role: literal('tool'),
  }),
  AgUiTurn: custom(
    'turn',
    'The turn’s ids.',
    object('Ids.', { turnId: STRING, sessionId: STRING, chatflowId: STRING }),
  ),
  AgUiSources: custom('sources', 'Documents that the answer rests on.', listOf(ref('Source'))),
  AgUiInputRequest: custom(
    'input-request',
    'An agent waits for a human.',
    object('The question.', { requestId: STRING, prompt: STRING, choices: listOf(STRING) }),
  ),
  AgUiUsage: custom('usage', 'Tokens as the upstream counts them.', ref('TokenUsage')),
  AgUiCustom: union('What AG-UI has no event for, told by its `name`.', 'name', {
    turn: 'AgUiTurn',
    sources: 'AgUiSources',
    'input-request': 'AgUiInputRequest',
    usage: 'AgUiUsage',
  }),
  AgUiStreamEvent: union('One event of a run.', 'type', {
    RUN_STARTED: 'AgUiRunStarted',
    RUN_FINISHED: 'AgUiRunFinished',
    RUN_ERROR: 'AgUiRunError',
    TEXT_MESSAGE_START: 'AgUiTextMessageStart',
    TEXT_MESSAGE_CONTENT: 'AgUiTextMessageContent',
    TEXT_MESSAGE_END: 'AgUiTextMessageEnd',
    REASONING_START: 'AgUiReasoningStart',
    REASONING_MESSAGE_START: 'AgUiReasoningMessageStart',
    REASONING_MESSAGE_CONTENT: 'AgUiReasoningMessageContent',
    REASONING_MESSAGE_END: 'AgUiReasoningMessageEnd',
    REASONING_END: 'AgUiReasoningEnd',
    TOOL_CALL_START: 'AgUiToolCallStart',
    TOOL_CALL_ARGS: 'AgUiToolCallArgs',
    TOOL_CALL_END: 'AgUiToolCallEnd',
    TOOL_CALL_RESULT: 'AgUiToolCallResult',
    CUSTOM: 'AgUiCustom',
  }),
};
