import { encodeAll, TURN_START } from '../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../contract/chat-event.js';
import type { TurnEncoder } from '../turn/log/subscription.js';
import { AgUiEncoder } from './ag-ui/ag-ui.encoder.js';
import { AiSdkEncoder } from './ai-sdk/ai-sdk.encoder.js';
import { FlowiseEncoder } from './flowise/flowise.encoder.js';
import { ChatCompletionsEncoder } from './openai/chat-completions.encoder.js';
import { ResponsesEncoder } from './openai/responses.encoder.js';
import { PredictEncoder } from './predict/predict.encoder.js';
import { SessionsEncoder } from './sessions/sessions.encoder.js';
import { StormEncoder } from './storm/storm.encoder.js';
import { TodoEncoder } from './todo/todo.encoder.js';

const TURN = {
  id: 't1',
  turnId: 't1',
  sessionId: 's1',
  chatflowId: 'c1',
  messageId: 'm1',
  question: 'Hi?',
  startedAt: new Date(0),
};
const failure = (retryAfterSeconds?: number): readonly ChatEvent[] => [
  TURN_START,
  { type: 'text-delta', text: 'a' },
  {
    type: 'error',
    code: 'upstream_unavailable',
    message: 'Later.',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  },
  { type: 'turn-end', outcome: 'failed', charged: 0 },
];

/** Each format, and where in which of its frames the time stands. */
const FORMATS: readonly (readonly [string, () => TurnEncoder, object])[] = [
  ['predict', () => new PredictEncoder(TURN), { event: 'error', retryAfterSeconds: 7 }],
  ['Flowise', () => new FlowiseEncoder(TURN), { event: 'error', data: 'Later.', retryAfterSeconds: 7 }],
  [
    'Chat Completions',
    () => new ChatCompletionsEncoder(TURN, false),
    { error: { message: 'Later.', code: 'upstream_unavailable', retryAfterSeconds: 7 } },
  ],
  [
    'Responses, in the error',
    () => new ResponsesEncoder(TURN),
    { type: 'error', retryAfterSeconds: 7, error: { retryAfterSeconds: 7 } },
  ],
  [
    'Responses, in the response',
    () => new ResponsesEncoder(TURN),
    { type: 'response.failed', response: { error: { retryAfterSeconds: 7 } } },
  ],
  [
    'the AI SDK',
    () => new AiSdkEncoder(),
    { type: 'message-metadata', messageMetadata: { retryAfterSeconds: 7 } },
  ],
  [
    'AG-UI',
    () => new AgUiEncoder({ threadId: 's1', runId: 'r1', messageId: 'm1' }),
    { type: 'RUN_ERROR', message: 'Later.', metadata: { retryAfterSeconds: 7 } },
  ],
  ['Storm', () => new StormEncoder(TURN), { status: 'error', error: { retryAfterSeconds: 7 } }],
  [
    'the todo assistant',
    () => new TodoEncoder(false),
    { type: 'error', message: 'Later.', retryAfterSeconds: 7 },
  ],
  ['sessions', () => new SessionsEncoder(), { type: 'error', error: 'Later.', retryAfterSeconds: 7 }],
];

describe('when the upstream has said when to come back', () => {
  it.each(FORMATS)('a failed stream says so: %s', (_name, encoder, frame) => {
    const frames = encodeAll(encoder(), failure(7))
      .split('\n')
      .flatMap((line) => (/^data: ?\{/.test(line) ? [JSON.parse(line.slice('data:'.length)) as object] : []));
    expect(frames).toContainEqual(expect.objectContaining(nested(frame)));
  });

  it.each(FORMATS)('and makes nothing up when it has not: %s', (_name, encoder) => {
    expect(encodeAll(encoder(), failure())).not.toMatch(/retryAfter|message-metadata/);
  });
});

/** Each level of a frame may have more members. */
function nested(frame: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(frame).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'object' && value !== null ? expect.objectContaining(nested(value)) : value,
    ]),
  );
}
