/** What Swagger says about the predict stream, event by event. */
export const PREDICT_STREAM_DESCRIPTION = `
Every event is one \`id:\` line and one JSON \`data:\` line; the event's name is inside the JSON. Ids only grow; a lost connection goes on
with \`GET /turns/{turnId}/stream\` and \`Last-Event-ID\`.

| \`event\` | \`data\` |
|---|---|
| \`session_id\` | the session; first event, with \`chatflow_id\`, \`timestamp\`, \`status:"streaming_started"\`, \`turn_id\` |
| \`token\` | a piece of the answer's text |
| \`thinking\` | a piece of the model's reasoning |
| \`calledTools\`, \`usedTools\` | tools that were called, and their results |
| \`sourceDocuments\` | documents that the answer rests on |
| \`action\` | an agent waits for a human |
| \`usageMetadata\` | token counts, as the upstream reports them |
| \`metadata\` | after settlement: \`sessionId\`, \`turnId\`, \`messageId\`, \`charged\`, \`finishReason\`, \`repairedEvents\`, \`droppedEvents\`; only when the turn completed |
| \`error\` | a public message, with \`code\`: the turn did not complete |
| \`end\` | \`[DONE]\`, always last; without \`metadata\` before it, it is no success |

Other events of a Flowise flow are passed on as they come. Silence is broken by comment lines. When \`metadata\` arrives, both messages are
stored and the price is charged; after \`error\` nothing is charged, except for a turn that was stopped after content.
A client that leaves does not end the turn.`;

export const PREDICT_STREAM_EXAMPLE = `id: 1
data: {"event":"session_id","data":"0199a1c2-1111-7abc-8def-000000000001","chatflow_id":"assistant","timestamp":"2026-11-21T10:00:00.000Z","status":"streaming_started","turn_id":"0199a1c2-3333-7abc-8def-000000000003"}

id: 2
data: {"event":"calledTools","data":[{"tool":"add_task","toolInput":{"title":"buy milk"},"toolCallId":"call_1"}]}

id: 21
data: {"event":"token","data":"I added “buy milk” "}

id: 31
data: {"event":"token","data":"as task 1."}

id: 32
data: {"event":"metadata","data":{"sessionId":"0199a1c2-1111-7abc-8def-000000000001","turnId":"0199a1c2-3333-7abc-8def-000000000003","chatflowId":"assistant","messageId":"0199a1c2-4444-7abc-8def-000000000004","charged":1,"finishReason":"stop","repairedEvents":0,"droppedEvents":0}}

id: 33
data: {"event":"end","data":"[DONE]"}

`;

export const PREDICT_BODIES = {
  'A question': { chatflow_id: 'assistant', question: 'Add a task to buy milk' },
  'A question in a session of your own name': {
    chatflow_id: 'assistant',
    question: 'What is on my list?',
    sessionId: 'shopping',
  },
  'A first question asked once more, in other words': {
    chatflow_id: 'assistant',
    question: 'Add a task to buy oat milk',
    sessionId: 'shopping',
    parentId: 'root',
  },
};
