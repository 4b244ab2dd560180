import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { ChatCompletionsEncoder, encodeChatCompletion } from './chat-completions.encoder.js';

const TURN = { id: 't1', chatflowId: 'c1', startedAt: new Date(1_000_000) };
const HEAD =
  'data: {"id":"chatcmpl-t1","object":"chat.completion.chunk","created":1000,"model":"c1","choices":[';
const chunk = (delta: string, finish = 'null', tail = ']}'): string =>
  `${HEAD}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}${tail}\n\n`;
const ROLE = '{"role":"assistant","content":"","refusal":null}';

const SAID: readonly ChatEvent[] = [
  TURN_START,
  { type: 'reasoning-delta', text: 'hm' },
  { type: 'tool-call', toolCallId: '1', toolName: 'add', input: {} },
  { type: 'tool-result', toolCallId: '1', toolName: 'add', output: 2 },
  { type: 'text-delta', text: NASTY_TEXT },
];

describe('ChatCompletionsEncoder', () => {
  it('writes role, content, finish reason and [DONE]', () => {
    expect(encodeAll(new ChatCompletionsEncoder(TURN, false), [...SAID, COMPLETED])).toBe(
      chunk(ROLE) +
        chunk('{"reasoning_content":"hm"}') +
        chunk(`{"content":${NASTY_JSON}}`) +
        chunk('{}', '"stop"') +
        'data: [DONE]\n\n',
    );
  });

  it('adds a chunk of token counts when it was asked for, and null to all others', () => {
    const end: ChatEvent = { ...COMPLETED, usage: { inputTokens: 3, outputTokens: 4 } } as ChatEvent;
    const tail = '],"usage":null}';
    expect(encodeAll(new ChatCompletionsEncoder(TURN, true), [TURN_START, end])).toBe(
      chunk(ROLE, 'null', tail) +
        chunk('{}', '"stop"', tail) +
        `${HEAD}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}\n\n` +
        'data: [DONE]\n\n',
    );
  });

  it('says that there are no counts where the client waits for some', () => {
    const tail = '],"usage":null}';
    expect(encodeAll(new ChatCompletionsEncoder(TURN, true), [TURN_START, COMPLETED])).toBe(
      chunk(ROLE, 'null', tail) +
        chunk('{}', '"stop"', tail) +
        `${HEAD}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0,"reported":false}}\n\n` +
        'data: [DONE]\n\n',
    );
  });

  it('ends a failure with an error, without a finish reason and without [DONE]', () => {
    expect(encodeAll(new ChatCompletionsEncoder(TURN, false), [TURN_START, ...FAILURE])).toBe(
      chunk(ROLE) +
        'data: {"error":{"message":"It failed.","type":"server_error","param":null,"code":"upstream_failed"}}\n\n',
    );
  });
});

describe('encodeChatCompletion', () => {
  const finished = {
    text: 'Hello',
    reasoning: '',
    sources: [],
    toolResults: [],
    messageId: 'm1',
    finishReason: 'stop' as const,
    charged: 1,
  };

  it('is a chat.completion', () => {
    expect(encodeChatCompletion(TURN, finished)).toEqual({
      id: 'chatcmpl-t1',
      object: 'chat.completion',
      created: 1000,
      model: 'c1',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
    });
  });

  it('passes on what the upstream counted', () => {
    expect(
      encodeChatCompletion(TURN, { ...finished, usage: { totalTokens: 9, inputTokens: 4 } }),
    ).toHaveProperty('usage', { prompt_tokens: 4, completion_tokens: 0, total_tokens: 9 });
  });
});
