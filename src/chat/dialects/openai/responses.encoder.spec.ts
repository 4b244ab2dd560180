import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import { ResponsesEncoder } from './responses.encoder.js';

const TURN = {
  id: 't1',
  sessionId: 's1',
  chatflowId: 'c1',
  messageId: 'm1',
  startedAt: new Date(1_000_000),
};
const response = (status: string, output: string, error = 'null'): string =>
  `{"id":"resp_t1","object":"response","created_at":1000,"status":"${status}","background":false,"conversation":{"id":"s1"},"error":${error},"incomplete_details":null,"instructions":null,"metadata":{},"model":"c1","output":[${output}],"parallel_tool_calls":true,"temperature":null,"tool_choice":"auto","tools":[],"top_p":null}`;
const frame = (type: string, sequence: number, members: string): string =>
  `event: ${type}\ndata: {"type":"${type}","sequence_number":${sequence},${members}}\n\n`;
const part = (text: string): string => `{"type":"output_text","text":${text},"annotations":[],"logprobs":[]}`;
const AT = '"item_id":"msg_m1","output_index":0,"content_index":0';
const ITEM = `{"id":"msg_m1","type":"message","status":"completed","role":"assistant","content":[${part(NASTY_JSON)}]}`;

const OPENING =
  frame('response.created', 0, `"response":${response('in_progress', '')}`) +
  frame('response.in_progress', 1, `"response":${response('in_progress', '')}`) +
  frame(
    'response.output_item.added',
    2,
    '"output_index":0,"item":{"id":"msg_m1","type":"message","status":"in_progress","role":"assistant","content":[]}',
  ) +
  frame('response.content_part.added', 3, `${AT},"part":${part('""')}`);

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
        frame('response.output_text.delta', 4, `${AT},"logprobs":[],"delta":"a"`) +
        frame('response.output_text.delta', 5, `${AT},"logprobs":[],"delta":${NASTY_JSON.replace('a', '')}`) +
        frame('response.output_text.done', 6, `${AT},"text":${NASTY_JSON},"logprobs":[]`) +
        frame('response.content_part.done', 7, `${AT},"part":${part(NASTY_JSON)}`) +
        frame('response.output_item.done', 8, `"output_index":0,"item":${ITEM}`) +
        frame('response.completed', 9, `"response":${response('completed', ITEM)}`),
    );
  });

  it('ends a failure with response.failed and an error at which clients throw', () => {
    expect(encodeAll(new ResponsesEncoder(TURN), [TURN_START, ...FAILURE])).toBe(
      OPENING +
        frame(
          'response.failed',
          4,
          `"response":${response('failed', '', '{"code":"upstream_failed","message":"It failed."}')}`,
        ) +
        frame(
          'error',
          5,
          '"code":"upstream_failed","message":"It failed.","param":null,"error":{"message":"It failed.","type":"server_error","param":null,"code":"upstream_failed"}',
        ),
    );
  });
});
