export const FLOWISE_PREDICTION_DESCRIPTION = `
What a Flowise server answers, for \`flowise-sdk\`, Flowise's embeds and whatever else speaks to one: give it this server as its base URL
and an API key as its key. With \`streaming: true\` the answer is an event stream (\`start\`, \`token\` …, the flow's own events, \`metadata\`, \`end\`);
a turn that did not complete has \`error\` and no \`metadata\`. Without it the answer is one JSON object.
An agent that asks a human ends its turn with an \`action\`; \`humanInput\` in the next request of the session answers it, and the flow goes on where it waits.
Errors before the answer are problem documents with Flowise's \`statusCode\`, \`success\` and \`message\` besides.`;

export const FLOWISE_STREAM_EXAMPLE = `message:
data:{"event":"start","data":""}

message:
data:{"event":"token","data":"I added “buy milk” as task 1."}

message:
data:{"event":"metadata","data":{"chatId":"0199a1c2-1111-7abc-8def-000000000001","chatMessageId":"0199a1c2-4444-7abc-8def-000000000004","question":"Add a task to buy milk","sessionId":"0199a1c2-1111-7abc-8def-000000000001","finishReason":"stop"}}

message:
data:{"event":"end","data":"[DONE]"}

`;

export const FLOWISE_BODIES = {
  'A question': { question: 'Add a task to buy milk' },
  'A question in a session, streamed': {
    question: 'What is on my list?',
    streaming: true,
    overrideConfig: { sessionId: 'flowise-shopping' },
  },
};
