import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import { encodeStormAnswer } from './storm-answer.js';
import { PROMPT_LISTS, StormEncoder } from './storm.encoder.js';

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

  it.each([
    ['is complete', [COMPLETED]],
    ['has failed', FAILURE],
  ])(
    'tells all of very many contexts by the time the answer %s, in a number of bytes that grows with theirs',
    (_how, last) => {
      const bytesOf = (count: number) => {
        const encoder = new StormEncoder(TURN);
        const source = (index: number) =>
          ({ type: 'sources', sources: [{ id: String(index), text: 'x'.repeat(100) }] }) as const;
        const events = Array.from({ length: count }, (_, index) => source(index));
        const frames = encodeAll(encoder, [TURN_START, ...events, ...last]).split('\n\n');
        const lists = frames.filter((frame) => frame.includes('"contexts":'));
        expect(JSON.parse(lists.at(-1)?.slice(6) ?? '').data.contexts).toHaveLength(count);
        expect(lists.length).toBeLessThan(PROMPT_LISTS + Math.log2(count) + 1);
        return lists.join('').length;
      };
      expect(bytesOf(1000)).toBeLessThan(11 * bytesOf(100));
    },
  );

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
