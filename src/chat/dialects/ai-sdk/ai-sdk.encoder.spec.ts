import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { AiSdkEncoder } from './ai-sdk.encoder.js';

const START =
  'data: {"type":"start","messageId":"m1","messageMetadata":{"turnId":"t1","sessionId":"s1","chatflowId":"c1"}}\n\n' +
  'id: 1\ndata: {"type":"start-step"}\n\n';
const finish = (id: number): string =>
  `data: {"type":"finish-step"}\n\nid: ${id}\ndata: {"type":"finish","finishReason":"stop","messageMetadata":{"charged":1}}\n\ndata: [DONE]\n\n`;

describe('AiSdkEncoder', () => {
  it('opens and closes the parts of the message', () => {
    const said: readonly ChatEvent[] = [
      TURN_START,
      { type: 'reasoning-delta', text: 'hm' },
      { type: 'tool-call', toolCallId: 'x', toolName: 'add', input: { a: 1 } },
      { type: 'tool-result', toolCallId: 'x', toolName: 'add', output: 2 },
      { type: 'text-delta', text: NASTY_TEXT },
      {
        type: 'sources',
        sources: [
          { url: 'https://a.example', title: 'A' },
          { id: 'd', text: 'p' },
        ],
      },
      { type: 'text-delta', text: '!' },
      COMPLETED,
    ];
    expect(encodeAll(new AiSdkEncoder(), said)).toBe(
      START +
        'data: {"type":"reasoning-start","id":"reasoning-0-1"}\n\n' +
        'id: 3\ndata: {"type":"reasoning-delta","id":"reasoning-0-1","delta":"hm"}\n\n' +
        'data: {"type":"reasoning-end","id":"reasoning-0-1"}\n\n' +
        'id: 4\ndata: {"type":"tool-input-available","toolCallId":"x","toolName":"add","input":{"a":1},"providerExecuted":true}\n\n' +
        'id: 5\ndata: {"type":"tool-output-available","toolCallId":"x","providerExecuted":true,"output":2}\n\n' +
        'data: {"type":"text-start","id":"text-0-2"}\n\n' +
        `id: 13\ndata: {"type":"text-delta","id":"text-0-2","delta":${NASTY_JSON}}\n\n` +
        'data: {"type":"source-url","sourceId":"14-0","url":"https://a.example","title":"A"}\n\n' +
        'id: 14\ndata: {"type":"source-document","sourceId":"d","mediaType":"text/plain","title":"Source","providerMetadata":{"tollgate":{"text":"p"}}}\n\n' +
        'id: 15\ndata: {"type":"text-delta","id":"text-0-2","delta":"!"}\n\n' +
        'data: {"type":"text-end","id":"text-0-2"}\n\n' +
        finish(17),
    );
  });

  it('announces a tool whose result comes first, and tells when it failed', () => {
    const failed: ChatEvent = {
      type: 'tool-result',
      toolCallId: 'x',
      toolName: 'a',
      output: 'no',
      isError: true,
    };
    expect(encodeAll(new AiSdkEncoder(), [failed])).toBe(
      'data: {"type":"tool-input-available","toolCallId":"x","toolName":"a","input":{},"providerExecuted":true}\n\n' +
        'id: 1\ndata: {"type":"tool-output-error","toolCallId":"x","providerExecuted":true,"errorText":"no"}\n\n',
    );
  });

  it('leaves tools of the client to it, and does not let it run what cannot be read', () => {
    const call = { type: 'tool-call', toolName: 'ask', input: {} } as const;
    expect(
      encodeAll(new AiSdkEncoder(), [
        { ...call, toolCallId: 'x', clientArguments: '{"a":1}' },
        { ...call, toolCallId: 'y', clientArguments: '{"a":' },
      ]),
    ).toBe(
      'id: 1\ndata: {"type":"tool-input-available","toolCallId":"x","toolName":"ask","input":{"a":1}}\n\n' +
        'id: 2\ndata: {"type":"tool-input-error","toolCallId":"y","toolName":"ask","input":"{\\"a\\":","errorText":"The arguments are not a JSON object."}\n\n',
    );
  });

  it('shows what goes on in the message that the client has already', () => {
    expect(encodeAll(new AiSdkEncoder(), [{ ...TURN_START, continues: 'theirs' } as ChatEvent])).toContain(
      '"messageId":"theirs","messageMetadata":{"turnId":"t1","sessionId":"s1","chatflowId":"c1","messageId":"m1"}',
    );
  });

  it('passes on an agent’s question to a human', () => {
    const request: ChatEvent = { type: 'input-request', requestId: 'r', prompt: 'Go?', choices: ['Yes'] };
    expect(encodeAll(new AiSdkEncoder(), [request])).toBe(
      'id: 1\ndata: {"type":"data-input-request","id":"r","data":{"prompt":"Go?","choices":["Yes"]}}\n\n',
    );
  });

  it('begins a new part for a reader in the middle of a text', () => {
    const said: readonly ChatEvent[] = [TURN_START, { type: 'text-delta', text: 'a' }, COMPLETED];
    expect(encodeAll(new AiSdkEncoder(1), said, 1)).toBe(
      'data: {"type":"text-start","id":"text-1-1"}\n\n' +
        'id: 2\ndata: {"type":"text-delta","id":"text-1-1","delta":"a"}\n\n' +
        'data: {"type":"text-end","id":"text-1-1"}\n\n' +
        finish(4),
    );
  });

  it('ends a failure with an error and nothing behind it', () => {
    expect(encodeAll(new AiSdkEncoder(), [TURN_START, ...FAILURE])).toBe(
      `${START}id: 2\ndata: {"type":"error","errorText":"It failed."}\n\n`,
    );
  });
});
