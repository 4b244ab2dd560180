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

const NULL = { type: 'null' };
const NO_ITEMS: Schema = { type: 'array', items: ref('JsonObject'), description: 'Always empty.' };
const PART = { item_id: STRING, output_index: INTEGER, content_index: INTEGER };
const ITEM_STATES = oneOfTexts('in_progress', 'completed', 'incomplete');

function told(type: string, description: string, members: Readonly<Record<string, Schema>>): Schema {
  return object(description, { type: literal(type), sequence_number: INTEGER, ...members });
}

const RESPONSE = { response: ref('OpenAiResponse') };
const ITEM = { output_index: INTEGER, item: ref('ResponseItem') };

export const RESPONSES_SCHEMAS: NamedSchemas = {
  ResponseInputPart: object(
    'A text, an image, a file, a recording.',
    { type: STRING },
    {
      text: STRING,
      image_url: STRING,
      file_data: STRING,
      filename: STRING,
      file_url: STRING,
      input_audio: object('A recording, as base64.', { data: STRING, format: STRING }),
    },
  ),
  ResponseInputItem: object(
    'A message, a tool that the model wanted to be run, or what came of it.',
    {},
    {
      type: oneOfTexts('message', 'function_call', 'function_call_output', 'reasoning'),
      role: oneOfTexts('user', 'assistant', 'system', 'developer'),
      content: { oneOf: [STRING, listOf(ref('ResponseInputPart'))] },
      call_id: STRING,
      name: STRING,
      arguments: STRING,
      output: { oneOf: [STRING, listOf(ref('ResponseInputPart'))] },
    },
  ),
  ResponseUsage: object('Tokens as the upstream counts them.', {
    input_tokens: INTEGER,
    input_tokens_details: object('Of these.', { cached_tokens: INTEGER }),
    output_tokens: INTEGER,
    output_tokens_details: object('Of these.', { reasoning_tokens: INTEGER }),
    total_tokens: INTEGER,
  }),
  ResponseText: object('Text of the answer.', {
    type: literal('output_text'),
    text: STRING,
    annotations: NO_ITEMS,
    logprobs: NO_ITEMS,
  }),
  ResponseMessage: object('The answer.', {
    id: STRING,
    type: literal('message'),
    status: ITEM_STATES,
    role: literal('assistant'),
    content: listOf(ref('ResponseText')),
  }),
  ResponseFunctionCall: object('A tool that the client has to run.', {
    id: STRING,
    type: literal('function_call'),
    status: ITEM_STATES,
    call_id: STRING,
    name: STRING,
    arguments: STRING,
  }),
  ResponseItem: union('Something that the model has put out.', 'type', {
    message: 'ResponseMessage',
    function_call: 'ResponseFunctionCall',
  }),
  OpenAiResponse: object(
    'OpenAI’s `response`; its `conversation` is the session.',
    {
      id: STRING,
      object: literal('response'),
      created_at: INTEGER,
      status: oneOfTexts('in_progress', 'completed', 'incomplete', 'failed'),
      conversation: object('The session.', { id: STRING }),
      error: {
        oneOf: [object('Why it failed.', { code: ref('ErrorCode'), message: STRING }), NULL],
      },
      incomplete_details: { oneOf: [object('Why it is not whole.', { reason: STRING }), NULL] },
      model: STRING,
      output: listOf(ref('ResponseItem')),
    },
    {
      background: BOOLEAN,
      instructions: NULL,
      metadata: ref('JsonObject'),
      parallel_tool_calls: BOOLEAN,
      temperature: NULL,
      tool_choice: STRING,
      tools: NO_ITEMS,
      top_p: NULL,
      usage: ref('ResponseUsage'),
    },
  ),
  ResponseCreated: told('response.created', 'Always first.', RESPONSE),
  ResponseInProgress: told('response.in_progress', 'It runs.', RESPONSE),
  ResponseCompleted: told('response.completed', 'The answer is stored and charged.', RESPONSE),
  ResponseIncomplete: told('response.incomplete', 'So is this one, but it was cut.', RESPONSE),
  ResponseFailed: told('response.failed', 'The turn did not complete; `error` follows.', RESPONSE),
  ResponseItemAdded: told('response.output_item.added', 'An item begins.', ITEM),
  ResponseItemDone: told('response.output_item.done', 'It is whole.', ITEM),
  ResponsePartAdded: told('response.content_part.added', 'A text begins.', {
    ...PART,
    part: ref('ResponseText'),
  }),
  ResponsePartDone: told('response.content_part.done', 'It is whole.', {
    ...PART,
    part: ref('ResponseText'),
  }),
  ResponseTextDelta: told('response.output_text.delta', 'A piece of it.', {
    ...PART,
    logprobs: NO_ITEMS,
    delta: STRING,
  }),
  ResponseTextDone: told('response.output_text.done', 'All of it.', {
    ...PART,
    text: STRING,
    logprobs: NO_ITEMS,
  }),
  ResponseArgumentsDelta: told('response.function_call_arguments.delta', 'Arguments of a call.', {
    item_id: STRING,
    output_index: INTEGER,
    delta: STRING,
  }),
  ResponseArgumentsDone: told('response.function_call_arguments.done', 'All of them.', {
    item_id: STRING,
    output_index: INTEGER,
    name: STRING,
    arguments: STRING,
  }),
  ResponseError: told('error', 'Always last when the turn did not complete.', {
    code: ref('ErrorCode'),
    message: STRING,
    param: NULL,
    error: ref('OpenAiErrorBody'),
  }),
  ResponseStreamEvent: union('One event of a streamed response.', 'type', {
    'response.created': 'ResponseCreated',
    'response.in_progress': 'ResponseInProgress',
    'response.completed': 'ResponseCompleted',
    'response.incomplete': 'ResponseIncomplete',
    'response.failed': 'ResponseFailed',
    'response.output_item.added': 'ResponseItemAdded',
    'response.output_item.done': 'ResponseItemDone',
    'response.content_part.added': 'ResponsePartAdded',
    'response.content_part.done': 'ResponsePartDone',
    'response.output_text.delta': 'ResponseTextDelta',
    'response.output_text.done': 'ResponseTextDone',
    'response.function_call_arguments.delta': 'ResponseArgumentsDelta',
    'response.function_call_arguments.done': 'ResponseArgumentsDone',
    error: 'ResponseError',
  }),
};
