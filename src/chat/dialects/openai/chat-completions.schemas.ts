import {
  BOOLEAN,
  INTEGER,
  listOf,
  literal,
  object,
  oneOfTexts,
  orNull,
  ref,
  STRING,
  type NamedSchemas,
} from '../../../platform/swagger/schemas.js';

const CALLED = object('What to call.', { name: STRING, arguments: STRING });
const FINISH = ['stop', 'length', 'content_filter', 'tool_calls'];
const IDENTITY = { id: STRING, created: INTEGER, model: STRING };

export const CHAT_COMPLETIONS_SCHEMAS: NamedSchemas = {
  CompletionContentPart: object(
    'A text, an image, a file, a recording.',
    { type: STRING },
    {
      text: STRING,
      image_url: object('An image.', { url: STRING }, { detail: STRING }),
      file: object('A file, as a data URL.', {}, { file_data: STRING, filename: STRING }),
      input_audio: object('A recording, as base64.', { data: STRING, format: STRING }),
    },
  ),
  CompletionRequestMessage: object(
    'A message of the conversation.',
    { role: oneOfTexts('user', 'assistant', 'system', 'developer', 'tool') },
    {
      content: { oneOf: [STRING, listOf(ref('CompletionContentPart')), { type: 'null' }] },
      tool_calls: listOf(ref('CompletionToolCall')),
      tool_call_id: STRING,
    },
  ),
  CompletionUsage: object(
    'Tokens as the upstream counts them.',
    { prompt_tokens: INTEGER, completion_tokens: INTEGER, total_tokens: INTEGER },
    {
      reported: { ...BOOLEAN, description: 'False: the upstream has counted nothing, these are no counts.' },
    },
  ),
  CompletionToolCall: object('A tool that the client has to run.', {
    id: STRING,
    type: literal('function'),
    function: CALLED,
  }),
  CompletionMessage: object(
    'The answer.',
    { role: literal('assistant'), content: orNull('string'), refusal: { type: 'null' } },
    { reasoning_content: STRING, tool_calls: listOf(ref('CompletionToolCall')) },
  ),
  CompletionChoice: object('The one answer.', {
    index: INTEGER,
    message: ref('CompletionMessage'),
    logprobs: { type: 'null' },
    finish_reason: oneOfTexts(...FINISH),
  }),
  ChatCompletion: object(
    'OpenAI’s `chat.completion`.',
    { ...IDENTITY, object: literal('chat.completion'), choices: listOf(ref('CompletionChoice')) },
    { usage: ref('CompletionUsage') },
  ),
  CompletionDelta: object(
    'A piece of the answer.',
    {},
    {
      role: literal('assistant'),
      content: STRING,
      reasoning_content: STRING,
      refusal: { type: 'null' },
      tool_calls: listOf(
        object('A tool that the client has to run.', {
          index: INTEGER,
          id: STRING,
          type: literal('function'),
          function: CALLED,
        }),
      ),
    },
  ),
  CompletionChunkChoice: object('A piece of the one answer.', {
    index: INTEGER,
    delta: ref('CompletionDelta'),
    logprobs: { type: 'null' },
    finish_reason: { oneOf: [oneOfTexts(...FINISH), { type: 'null' }] },
  }),
  ChatCompletionChunk: object(
    'OpenAI’s `chat.completion.chunk`; with `include_usage` the last one has no choice, and `usage`.',
    {
      ...IDENTITY,
      object: literal('chat.completion.chunk'),
      choices: listOf(ref('CompletionChunkChoice')),
    },
    { usage: { oneOf: [ref('CompletionUsage'), { type: 'null' }] } },
  ),
  OpenAiErrorBody: object('An error as OpenAI’s clients read it.', {
    message: STRING,
    type: STRING,
    param: orNull('string'),
    code: STRING,
  }),
  ChatCompletionStreamError: object('The turn did not complete; nothing follows.', {
    error: ref('OpenAiErrorBody'),
  }),
  ChatCompletionStreamEvent: {
    description: 'What stands behind `data:` in a streamed completion.',
    anyOf: [ref('ChatCompletionChunk'), ref('ChatCompletionStreamError'), ref('StreamDone')],
  },
};
