import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { AgUiEncoder } from './ag-ui.encoder.js';

const RUN = { threadId: 's1', runId: 'r1', messageId: 'm1' };
const START =
  'data: {"type":"RUN_STARTED","threadId":"s1","runId":"r1"}\n\n' +
  'data: {"type":"CUSTOM","name":"turn","value":{"turnId":"t1","sessionId":"s1","chatflowId":"c1"}}\n\n';

describe('AgUiEncoder', () => {
  it('opens and closes messages and tool calls', () => {
    const events = [
      TURN_START,
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'tool-call', toolCallId: 'x', toolName: 'add', input: { a: 1 } },
      { type: 'tool-result', toolCallId: 'x', toolName: 'add', output: 2 },
      { type: 'text-delta', text: NASTY_TEXT },
      { type: 'sources', sources: [{ text: 'p' }] },
      { type: 'text-delta', text: '!' },
      { type: 'usage', inputTokens: 1 },
      COMPLETED,
    ] as const;
    expect(encodeAll(new AgUiEncoder(RUN), events)).toBe(
      START +
        'data: {"type":"REASONING_START","messageId":"m1"}\n\n' +
        'data: {"type":"REASONING_MESSAGE_START","messageId":"m1","role":"reasoning"}\n\n' +
        'data: {"type":"REASONING_MESSAGE_CONTENT","messageId":"m1","delta":"hm"}\n\n' +
        'data: {"type":"REASONING_MESSAGE_END","messageId":"m1"}\n\n' +
        'data: {"type":"REASONING_END","messageId":"m1"}\n\n' +
        'data: {"type":"TOOL_CALL_START","toolCallId":"x","toolCallName":"add"}\n\n' +
        'data: {"type":"TOOL_CALL_ARGS","toolCallId":"x","delta":"{\\"a\\":1}"}\n\n' +
        'data: {"type":"TOOL_CALL_END","toolCallId":"x"}\n\n' +
        'data: {"type":"TOOL_CALL_RESULT","messageId":"m1-x","toolCallId":"x","content":"2","role":"tool"}\n\n' +
        'data: {"type":"TEXT_MESSAGE_START","messageId":"m1-2","role":"assistant"}\n\n' +
        `data: {"type":"TEXT_MESSAGE_CONTENT","messageId":"m1-2","delta":${NASTY_JSON}}\n\n` +
        'data: {"type":"CUSTOM","name":"sources","value":[{"text":"p"}]}\n\n' +
        'data: {"type":"TEXT_MESSAGE_CONTENT","messageId":"m1-2","delta":"!"}\n\n' +
        'data: {"type":"CUSTOM","name":"usage","value":{"inputTokens":1}}\n\n' +
        'data: {"type":"TEXT_MESSAGE_END","messageId":"m1-2"}\n\n' +
        'data: {"type":"RUN_FINISHED","threadId":"s1","runId":"r1","result":{"messageId":"m1","charged":1,"finishReason":"stop"}}\n\n',
    );
  });

  it('leaves tools of the client to it, as the model wrote their arguments, in the message that they belong to', () => {
    const call = { type: 'tool-call', toolName: 'ask', input: {}, clientArguments: '{ "a": 1' } as const;
    const said: ChatEvent[] = [
      { type: 'reasoning-delta', text: 'hm' },
      { ...call, toolCallId: 'x' },
      { ...call, toolCallId: 'y' },
    ];
    const frames = encodeAll(new AgUiEncoder(RUN), said);
    const frameOf = (id: string) =>
      `data: {"type":"TOOL_CALL_START","toolCallId":"${id}","toolCallName":"ask","parentMessageId":"m1-2"}\n\n` +
      `data: {"type":"TOOL_CALL_ARGS","toolCallId":"${id}","delta":"{ \\"a\\": 1"}\n\n` +
      `data: {"type":"TOOL_CALL_END","toolCallId":"${id}"}\n\n`;
    expect(frames.endsWith(`"REASONING_END","messageId":"m1"}\n\n${frameOf('x')}${frameOf('y')}`)).toBe(true);
  });

  it('ends a failure with RUN_ERROR and nothing behind it', () => {
    expect(encodeAll(new AgUiEncoder(RUN), [TURN_START, ...FAILURE])).toBe(
      `${START}data: {"type":"RUN_ERROR","message":"It failed.","code":"upstream_failed"}\n\n`,
    );
  });
});
