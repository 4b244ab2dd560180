export const AI_SDK_DESCRIPTION = `
The UI message stream of the AI SDK (version 1), for \`useChat\` with no code of its own but a header:
\`new DefaultChatTransport({ api: 'https://…/api/chat', headers: { Authorization: 'Bearer …' } })\`. The chat's id is the session's id.
\`finish\` and \`[DONE]\` come when the answer is stored and charged; a turn that did not complete ends with \`error\`. \`regenerate-message\` is a new turn with the
same question. Tools run on the server and show as tool parts; \`tools\` in the body run where the client is, in chatflows that allow them, and the message
that comes back with their outputs goes on. Documents show as source parts, an agent that waits for a human as \`data-input-request\`;
\`messageMetadata\` holds \`turnId\`, \`sessionId\`, \`chatflowId\`, \`charged\` and \`usage\`.`;

export const AI_SDK_STREAM_EXAMPLE = `data: {"type":"start","messageId":"0199a1c2-4444-7abc-8def-000000000004","messageMetadata":{"turnId":"0199a1c2-3333-7abc-8def-000000000003","sessionId":"Xh3rG8cVYQzbNk2L","chatflowId":"assistant"}}

id: 1
data: {"type":"start-step"}

data: {"type":"text-start","id":"text-0-1"}

id: 30
data: {"type":"text-delta","id":"text-0-1","delta":"I added “buy milk” as task 1."}

data: {"type":"text-end","id":"text-0-1"}

data: {"type":"finish-step"}

id: 32
data: {"type":"finish","finishReason":"stop","messageMetadata":{"charged":1}}

data: [DONE]

`;

export const AI_SDK_BODIES = {
  'What useChat sends': {
    id: 'Xh3rG8cVYQzbNk2L',
    messages: [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Add a task to buy milk' }] }],
    trigger: 'submit-message',
    chatflowId: 'assistant',
  },
  'The question alone': {
    id: 'Xh3rG8cVYQzbNk2L',
    message: { role: 'user', parts: [{ type: 'text', text: 'What is on my list?' }] },
  },
};
