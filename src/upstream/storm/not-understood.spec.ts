import fc from 'fast-check';
import { bytesOf, decode, newReport } from '../../../test/support/upstream/decoding.js';
import { NOT_UNDERSTOOD } from '../../../test/support/upstream/not-understood.js';
import { sse } from '../../../test/support/upstream/behaviours.js';
import { AppError } from '../../platform/errors/app.error.js';
import { createStormJsonDecoder } from './storm-json.decoder.js';
import { StormDecoder } from './storm.decoder.js';

const make = (report: ReturnType<typeof newReport>) => new StormDecoder(report);
const success = (data: unknown) => ({ status: 'success', data });
const HEAD = sse(success({ message: { content: 'half' } }));
const FINAL = sse(success({ is_final_event: true }));
const HALF = [{ type: 'text-delta', text: 'half' }];
const between = (bytes: string) => [Buffer.from(HEAD + bytes + FINAL)];

describe('a Storm stream fails, with what was said before, by', () => {
  it.each(NOT_UNDERSTOOD)('%s', (_name, bytes) => {
    for (const chunks of [between(bytes), bytesOf(Buffer.from(HEAD + bytes + FINAL))]) {
      expect(decode(make, chunks)).toMatchObject({ outcome: 'failed', events: HALF });
    }
  });

  it.each([
    ['nothing', success(null)],
    ['no object', success(7)],
    ['nothing known', success({ warning: 'x' })],
    ['nothing known beside names', success({ id: '1', warning: 'x' })],
    ['an error in a success', { ...success({ message: { content: 'b' } }), error: 'x' }],
    ['an error in the data', success({ message: { content: 'b' }, error: { message: 'x' } })],
    ['a message as text', success({ message: 'x' })],
    ['a content of another type', success({ message: { content: 7 } })],
    ['a delta of another type', success({ choices: [{ delta: null }] })],
    ['a context of another type', success({ contexts: [7] })],
    ['an unknown status', { status: 'pending', data: {} }],
    ['an unknown operation', success({ sseEventOperation: 'x', data: {} })],
  ])('%s', (_name, event) => {
    expect(decode(make, between(sse(event)))).toMatchObject({ outcome: 'failed', events: HALF });
  });

  it('any JSON that is no success, and any success that says nothing known', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(decode(make, between(sse(JSON.stringify(value))))).toMatchObject({ outcome: 'failed' });
        const data = typeof value === 'object' && value !== null ? { unknown: value } : value;
        const isNothing = data === null || typeof data !== 'object' || JSON.stringify(value).length > 2;
        fc.pre(isNothing);
        expect(decode(make, between(sse(success(data))))).toMatchObject({ outcome: 'failed' });
      }),
    );
  });
});

describe('a Storm stream is complete with', () => {
  it.each([
    ['a ping', 'event: ping\ndata: {}\n\n'],
    ['a comment', ': hb\n\n'],
    ['a role', sse(success({ sseEventOperation: 'create-chat-stream', data: { choices: [{ delta: {} }] } }))],
    ['names', sse(success({ id: '1', task_id: 't', threadId: '7', model: 'm' }))],
    ['no choices', sse(success({ choices: [] }))],
    ['no contexts', sse(success({ contexts: [] }))],
  ])('%s', (_name, bytes) => {
    expect(decode(make, between(bytes))).toMatchObject({ outcome: 'done' });
  });

  it('contexts that come twice: both are kept', () => {
    const context = { id: '1', fileName: 'a.pdf', context: 'x', referenceIdx: 3 };
    const twice =
      sse(success({ contexts: [context] })) + sse(success({ contexts: [{ ...context, id: '2' }] }));
    const { events } = decode(make, between(twice));
    expect(events.filter(({ type }) => type === 'sources')).toHaveLength(2);
  });
});

describe('a Storm document', () => {
  it.each(['{"detail":"x"}', '{"status":"success"}', '{"status":"success","data":{"foo":1}}', '<html>', '7'])(
    'fails as %s',
    (text) => {
      const { decoder } = createStormJsonDecoder();
      decoder.push(Buffer.from(text));
      decoder.end();
      expect(decoder.outcome).toBeInstanceOf(AppError);
    },
  );
});
