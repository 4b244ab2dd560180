import { encodeAll, TURN_START } from '../../../test/support/dialects/encode-all.js';
import type { ChatEvent, FinishReason } from '../../contract/chat-event.js';
import { AgUiEncoder } from './ag-ui/ag-ui.encoder.js';
import { AiSdkEncoder } from './ai-sdk/ai-sdk.encoder.js';
import { readFinishedTurn } from './finished-turn.js';
import { FlowiseEncoder } from './flowise/flowise.encoder.js';
import { ChatCompletionsEncoder, encodeChatCompletion } from './openai/chat-completions.encoder.js';
import { encodeResponse } from './openai/response-object.js';
import { ResponsesEncoder } from './openai/responses.encoder.js';
import { PredictEncoder } from './predict/predict.encoder.js';
import { encodePrediction } from './predict/prediction.encoder.js';

const TURN = {
  id: 't1',
  sessionId: 's1',
  chatflowId: 'c1',
  messageId: 'm1',
  question: 'Hi?',
  startedAt: new Date(0),
};
const logOf = (finishReason: FinishReason): readonly ChatEvent[] => [
  TURN_START,
  { type: 'text-delta', text: 'a' },
  { type: 'turn-end', outcome: 'completed', finishReason, messageId: 'm1', charged: 1 },
];
const finished = (reason: FinishReason) => readFinishedTurn('t1', logOf(reason));

describe.each([
  ['stop', 'stop', 'completed', null],
  ['length', 'length', 'incomplete', { reason: 'max_output_tokens' }],
  ['content-filter', 'content_filter', 'incomplete', { reason: 'content_filter' }],
  ['tool-calls', 'tool_calls', 'completed', null],
  ['other', 'stop', 'completed', null],
] as const)('an answer that ended by %s', (reason, completion, status, details) => {
  it('says so in Chat Completions', () => {
    const frames = encodeAll(new ChatCompletionsEncoder(TURN, false), logOf(reason));
    expect(frames).toContain(`"delta":{},"logprobs":null,"finish_reason":"${completion}"`);
    const whole = encodeChatCompletion(TURN, finished(reason));
    expect(whole).toMatchObject({ choices: [{ finish_reason: completion }] });
  });

  it('says so in Responses', () => {
    const frames = encodeAll(new ResponsesEncoder(TURN), logOf(reason));
    const last = frames.split('\n\n').at(-2)?.split('\n') ?? [];
    expect(last[0]).toBe(`event: response.${status}`);
    const expected = { status, incomplete_details: details, output: [{ status, content: [{ text: 'a' }] }] };
    expect(JSON.parse(last[1]?.slice('data: '.length) ?? '')).toMatchObject({ response: expected });
    expect(encodeResponse(TURN, finished(reason))).toMatchObject(expected);
  });

  it('says so to the AI SDK, AG-UI, Flowise’s clients and in predict', () => {
    const member = `"finishReason":"${reason}"`;
    for (const encoder of [
      new AiSdkEncoder(),
      new AgUiEncoder({ threadId: 's1', runId: 't1', messageId: 'm1' }),
      new FlowiseEncoder(TURN),
      new PredictEncoder({ ...TURN, turnId: 't1' }),
    ]) {
      expect(encodeAll(encoder, logOf(reason))).toContain(member);
    }
    expect(encodePrediction(TURN, finished(reason))).toHaveProperty('finishReason', reason);
  });
});
