import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { ResponsesEncoder } from './responses.encoder.js';

const TURN = {
  id: 't1',
  sessionId: 's1',
  chatflowId: 'c1',
  messageId: 'm1',
  startedAt: new Date(1_000_000),
};
const response = (status: string, output: string, error = 'null', usage = ''): string =>
  `{"id":"resp_t1","object":"response","created_at":1000,"status":"${status}","background":false,"conversation":{"id":"s1"},"error":${error},"incomplete_details":null,"instructions":null,"metadata":{},"model":"c1","output":[${output}],"parallel_tool_calls":true,"previous_response_id":null,"temperature":null,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null${usage}}`;
const frame = (type: string, sequence: number, members: string): string =>
  `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence},${members}}\n\n`;
const part = (text: string): string => `{"type":"output_text","text":${text},"annotations":[],"logprobs":[]}`;
const AT = '"item_id":"msg_m1","output_index":0,"content_index":0';
const ITEM = `{"id":"msg_m1","type":"message","status":"completed","role":"assistant","content":[${part(NASTY_JSON)}]}`;

const OPENING =
  frame('response.created', 0, `"response":${response('in_progress', '')}`) +
  frame('response.in_progress', 1, `"response":${response('in_progress', '')}`);
const MESSAGE =
  frame(
    'response.output_item.added',
    2,
    '"output_index":0,"item":{"id":"msg_m1","type":"message","status":"in_progress","role":"assistant","content":[]}',
  ) + frame('response.content_part.added', 3, `${AT},"part":${part('""')}`);
const UNCOUNTED =
  ',"usage":{"reported":false,"input_tokens":0,"input_tokens_details":{"cached_tokens":0},"output_tokens":0,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":0}';

describe('ResponsesEncoder', () => {
  it('writes every state of a response, numbered, with the text repeated at the end', () => {
    const events = [
      TURN_START,
      { type: 'text-delta', text: 'a' },
      { type: 'text-delta', text: NASTY_TEXT.slice(1) },
      COMPLETED,
    ] as const;
    expect(encodeAll(new ResponsesEncoder(TURN), events)).toBe(
      OPENING +
        MESSAGE +
        frame('response.output_text.delta', 4, `${AT},"logprobs":[],"delta":"a"`) +
        frame('response.output_text.delta', 5, `${AT},"logprobs":[],"delta":${NASTY_JSON.replace('a', '')}`) +
        frame('response.output_text.done', 6, `${AT},"text":${NASTY_JSON},"logprobs":[]`) +
        frame('response.content_part.done', 7, `${AT},"part":${part(NASTY_JSON)}`) +
        frame('response.output_item.done', 8, `"output_index":0,"item":${ITEM}`) +
        frame('response.completed', 9, `"response":${response('completed', ITEM, 'null', UNCOUNTED)}`),
    );
  });

  it('adds items as they come, at places that the last event repeats', () => {
    const call = (toolCallId: string): ChatEvent => ({
      type: 'tool-call',
      toolCallId,
      toolName: 'add',
      input: {},
      clientArguments: '{}',
    });
    const text = { type: 'text-delta', text: 'a' } as const;
    const told = (...events: ChatEvent[]) => itemsIn(encodeAll(new ResponsesEncoder(TURN), events));
    expect(told(TURN_START, call('x'), call('y'), COMPLETED)).toEqual({
      added: ['0 fc_m1_0', '1 fc_m1_1'],
      done: ['0 fc_m1_0', '1 fc_m1_1'],
      output: ['fc_m1_0', 'fc_m1_1'],
    });
    expect(told(TURN_START, text, call('x'), COMPLETED)).toEqual({
      added: ['0 msg_m1', '1 fc_m1_0'],
      done: ['1 fc_m1_0', '0 msg_m1'],
      output: ['msg_m1', 'fc_m1_0'],
    });
    expect(told(TURN_START, call('x'), text, COMPLETED)).toEqual({
      added: ['0 fc_m1_0', '1 msg_m1'],
      done: ['0 fc_m1_0', '1 msg_m1'],
      output: ['fc_m1_0', 'msg_m1'],
    });
    expect(told(TURN_START, COMPLETED)).toEqual({
      added: ['0 msg_m1'],
      done: ['0 msg_m1'],
      output: ['msg_m1'],
    });
  });

  it('ends a failure with response.failed and an error at which clients throw', () => {
    expect(encodeAll(new ResponsesEncoder(TURN), [TURN_START, ...FAILURE])).toBe(
      OPENING +
        frame(
          'response.failed',
          2,
          `"response":${response('failed', '', '{"code":"upstream_failed","message":"It failed."}')}`,
        ) +
        frame(
          'error',
          3,
          '"code":"upstream_failed","message":"It failed.","param":null,"error":{"message":"It failed.","type":"server_error","param":null,"code":"upstream_failed"}',
        ),
    );
  });
});

/** Which items a stream tells of, and where. */
function itemsIn(stream: string): { added: string[]; done: string[]; output: string[] } {
  const events = [...stream.matchAll(/^data: (.+)$/gm)].map(
    ([, json = '']) =>
      JSON.parse(json) as {
        type: string;
        output_index: number;
        item: { id: string };
        response: { output: { id: string }[] };
      },
  );
  const placed = (type: string) =>
    events.flatMap((event) => (event.type === type ? [`${event.output_index} ${event.item.id}`] : []));
  return {
    added: placed('response.output_item.added'),
    done: placed('response.output_item.done'),
    output: events.at(-1)?.response.output.map(({ id }) => id) ?? [],
  };
}
