const ERRORS = `Errors are problem documents with OpenAI's \`error\` besides; \`x-should-retry: false\` tells OpenAI's clients not to repeat
a request that would cost again or fail again.`;

export const CHAT_COMPLETIONS_DESCRIPTION = `
OpenAI's Chat Completions over any chatflow: \`model\` is its id. With \`stream\` the chunks end with \`[DONE]\`, which is sent when the answer is stored and
charged; a turn that did not complete ends with an \`error\` frame. \`usage\` is what the upstream reported, and missing when it reported
nothing; the last chunk of \`stream_options.include_usage\` then has zeros and \`reported: false\`.
Sampling settings, system messages, response formats and the client's own tools are passed on to a model where the chatflow's \`clientOptions\` allow it. Where not, what does no harm is
ignored and named in the header \`X-Ignored-Options\`; tools, formats and more than one answer are refused with \`unsupported_parameter\`. A turn in which the model wants the client's tools ends with
\`tool_calls\`, and messages of role \`tool\` go on with what came of them. Each request is a session of its own
unless the \`X-Session-Id\` header names one. ${ERRORS}`;

export const RESPONSES_DESCRIPTION = `
OpenAI's Responses over any chatflow: \`model\` is its id. \`previous_response_id\` or \`conversation\` goes on in a session; a response's
\`conversation.id\` is its session. Settings, \`instructions\`, \`text.format\` and function tools go by the chatflow's \`clientOptions\`, as in Chat Completions. With \`stream\` the events end with \`response.completed\`, which is sent when the answer is stored and charged (\`response.incomplete\` for an answer that was cut); a turn
that did not complete ends with \`response.failed\` and \`error\`. ${ERRORS}`;

export const SESSION_HEADER = {
  name: 'X-Session-Id',
  required: false,
  description: 'Goes on in this session. Percent-encoded, as the answer has it.',
};

export const RETRY_HEADER = {
  name: 'X-Stainless-Retry-Count',
  required: false,
  description:
    'As OpenAI’s clients send it. A repeat (1 or more) of a request that was made within ten minutes attaches to its turn, if that runs or has completed, and is not charged again.',
  example: '0',
};

export const CHAT_COMPLETIONS_STREAM_EXAMPLE = `data: {"id":"chatcmpl-0199a1c2-3333-7abc-8def-000000000003","object":"chat.completion.chunk","created":1795255200,"model":"assistant","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-0199a1c2-3333-7abc-8def-000000000003","object":"chat.completion.chunk","created":1795255200,"model":"assistant","choices":[{"index":0,"delta":{"content":"I added “buy milk” as task 1."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-0199a1c2-3333-7abc-8def-000000000003","object":"chat.completion.chunk","created":1795255200,"model":"assistant","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: [DONE]

`;

export const CHAT_COMPLETION_EXAMPLE = {
  id: 'chatcmpl-0199a1c2-3333-7abc-8def-000000000003',
  object: 'chat.completion',
  created: 1_795_255_200,
  model: 'assistant',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'I added “buy milk” as task 1.', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
};

export const RESPONSES_STREAM_EXAMPLE = `event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_0199a1c2-4444-7abc-8def-000000000004","output_index":0,"content_index":0,"logprobs":[],"delta":"I added “buy milk” as task 1."}

`;

export const RESPONSE_EXAMPLE = {
  id: 'resp_0199a1c2-3333-7abc-8def-000000000003',
  object: 'response',
  created_at: 1_795_255_200,
  status: 'completed',
  conversation: { id: '0199a1c2-1111-7abc-8def-000000000001' },
  error: null,
  incomplete_details: null,
  model: 'assistant',
  output: [
    {
      id: 'msg_0199a1c2-4444-7abc-8def-000000000004',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'I added “buy milk” as task 1.', annotations: [], logprobs: [] },
      ],
    },
  ],
};

export const CHAT_COMPLETION_BODIES = {
  'A question': { model: 'assistant', messages: [{ role: 'user', content: 'Add a task to buy milk' }] },
  'A question, streamed': {
    model: 'assistant',
    messages: [{ role: 'user', content: 'What is on my list?' }],
    stream: true,
    stream_options: { include_usage: true },
  },
};

export const RESPONSE_BODIES = {
  'A question': { model: 'assistant', input: 'Add a task to buy milk' },
  'A question in a session, streamed': {
    model: 'assistant',
    input: 'What is on my list?',
    conversation: 'openai-shopping',
    stream: true,
  },
};
