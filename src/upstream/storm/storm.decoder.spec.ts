import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesOf,
  decode,
  endsThatPass,
  newReport,
  wrongSplits,
} from '../../../test/support/upstream/decoding.js';
import { StormDecoder } from './storm.decoder.js';

const read = (name: string) => readFileSync(join(import.meta.dirname, '__fixtures__', `${name}.sse`));
const make = (report: ReturnType<typeof newReport>) => new StormDecoder(report);

const sources = {
  type: 'sources',
  sources: [
    {
      id: '7335021897265348608',
      title: 'Urlaub.pdf',
      text: 'Thirty days a year.',
      metadata: { bucketName: 'handbook', pageName: '3', referenceIdx: 1, type: 'document' },
    },
  ],
};
const text = { type: 'text-delta', text: 'Dreißig Tage 🌴.' };
const GOLDEN = {
  'shape-a': [
    sources,
    text,
    {
      type: 'metadata',
      upstreamSessionId: '7335021897265348600',
      upstreamMessageId: '7335021897265348700',
    },
  ],
  'shape-b': [
    text,
    sources,
    {
      type: 'metadata',
      upstreamSessionId: '7335021897265348601',
      upstreamMessageId: '7335021897265348701',
      model: 'storm-1',
    },
  ],
} as const;

describe.each(['shape-a', 'shape-b'] as const)('the stream of %s', (name) => {
  const body = read(name);
  const expected = { outcome: 'done', events: GOLDEN[name], report: newReport() };

  it('means what it is known to mean, whole, byte by byte and split anywhere', () => {
    expect(decode(make, [body])).toEqual(expected);
    expect(decode(make, bytesOf(body))).toEqual(expected);
    expect(wrongSplits(make, body)).toEqual([]);
  });

  it('means the same with CRLF and without its final blank line', () => {
    const utf8 = body.toString('utf8');
    for (const other of [utf8.replaceAll('\n', '\r\n'), utf8.trimEnd()]) {
      expect(decode(make, [Buffer.from(other)])).toEqual(expected);
    }
  });

  it('is a failure wherever it is cut before its end', () => {
    expect(endsThatPass(make, body, body.lastIndexOf('data:'))).toEqual([]);
  });
});

describe('StormDecoder', () => {
  const frames = (...events: readonly unknown[]) =>
    Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  const success = (data: unknown) => ({ status: 'success', data });
  const FINAL = success({ is_final_event: true });

  it('ends with an error that the server tells of, and takes nothing behind it', () => {
    const decoder = new StormDecoder(newReport());
    decoder.push(
      frames(
        success({ message: { content: 'a' } }),
        { status: 'error', error: { code: 'X', message: 'secret' } },
        success({ message: { content: 'b' } }),
        FINAL,
      ),
    );
    expect(decoder.outcome).toMatchObject({
      code: 'upstream_failed',
      publicMessage: expect.not.stringContaining('secret'),
    });
    expect(decoder.take()).toEqual([{ type: 'text-delta', text: 'a' }]);
  });

  it('never takes a thread id that lost digits as a number', () => {
    const decoder = new StormDecoder(newReport());
    decoder.push(Buffer.from('data: {"status":"success","data":{"threadId":7335021897265348600}}\n\n'));
    expect(decoder.turn.threadId).toBeUndefined();
  });
});
