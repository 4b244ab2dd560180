import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import { encodeStormAnswer } from './storm-answer.js';
import { StormEncoder } from './storm.encoder.js';

const TURN = { id: 't1', sessionId: 's1', chatflowId: 'c1', messageId: 'm1' };
const HEAD = 'data: {"status":"success","data":{"id":"m1","task_id":"t1","model":"c1",';
const START = `${HEAD}"threadId":"s1"}}\n\n`;

describe('StormEncoder', () => {
  it('writes contexts, the message’s pieces and a final event', () => {
    const events = [
      TURN_START,
      {
        type: 'sources',
        sources: [{ id: 'd', title: 'a.pdf', text: 'p', metadata: { page: 3, bucketName: 'b' } }],
      },
      { type: 'sources', sources: [{ url: 'https://a.example', metadata: { referenceIdx: 7 } }] },
      { type: 'text-delta', text: NASTY_TEXT },
      COMPLETED,
    ] as const;
    expect(encodeAll(new StormEncoder(TURN), events)).toBe(
      START +
        'data: {"status":"success","data":{"contexts":[{"id":"d","type":"document","bucketName":"b","fileName":"a.pdf","pageName":"3","context":"p","referenceIdx":1}]}}\n\n' +
        'data: {"status":"success","data":{"contexts":[{"id":"d","type":"document","bucketName":"b","fileName":"a.pdf","pageName":"3","context":"p","referenceIdx":1},{"id":"7","type":"document","bucketName":null,"fileName":"https://a.example","pageName":"","context":"","referenceIdx":7}]}}\n\n' +
        `${HEAD}"message":{"content":${NASTY_JSON}}}}\n\n` +
        `${HEAD}"threadId":"s1","is_final_event":true}}\n\n`,
    );
  });

  it('keeps contexts that come again once, and adds those that come later', () => {
    const sources = (...ids: readonly string[]) =>
      ({ type: 'sources', sources: ids.map((id) => ({ id, text: id })) }) as const;
    const encoder = new StormEncoder(TURN);
    const shown = [sources('a', 'b'), sources('a', 'b'), sources('c')].map(
      (event) =>
        encoder
          .encode(event)
          .match(/"id":"."/g)
          ?.join(' ') ?? '',
    );
    expect(shown).toEqual(['"id":"a" "id":"b"', '"id":"a" "id":"b"', '"id":"a" "id":"b" "id":"c"']);
  });

  it('writes an error in place of the final event', () => {
    expect(encodeAll(new StormEncoder(TURN), [TURN_START, ...FAILURE])).toBe(
      `${START}data: {"status":"error","message":"It failed.","error":{"code":"upstream_failed","message":"It failed."}}\n\n`,
    );
  });
});

describe('encodeStormAnswer', () => {
  it('answers with Storm’s names', () => {
    const turn = { ...TURN, question: 'Hi?', startedAt: new Date(0) };
    const finished = {
      text: 'Hello',
      reasoning: '',
      sources: [],
      toolResults: [],
      messageId: 'm1',
      finishReason: 'stop' as const,
      charged: 1,
    };
    expect(encodeStormAnswer(turn, finished, new Date(1000))).toEqual({
      status: 'success',
      data: {
        chat: {
          id: 'm1',
          threadId: 's1',
          question: 'Hi?',
          answer: 'Hello',
          createdAt: '1970-01-01T00:00:00.000Z',
          updatedAt: '1970-01-01T00:00:01.000Z',
          status: 'completed',
        },
        contexts: [],
      },
    });
  });
});
