/** @jest-environment node */
import { readFlowiseFixture } from '../../../test/support/upstream/flowise-fixtures.js';
import type { ProviderReport } from '../chat-provider.port.js';
import { createFlowiseJsonDecoder } from './flowise-json.decoder.js';

function decode(body: Buffer, splitAt = body.length) {
  const report: ProviderReport = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
  const decoder = createFlowiseJsonDecoder(report);
  decoder.push(body.subarray(0, splitAt));
  decoder.push(body.subarray(splitAt));
  decoder.end();
  const { outcome, saidEnd } = decoder;
  return { events: decoder.take(), outcome, saidEnd, report };
}

const decodeValue = (value: unknown) => decode(Buffer.from(JSON.stringify(value)));

describe('the JSON answer of a flow that cannot stream', () => {
  it.each(['06', '07b', '15a'])('%s means what it is known to mean, at every byte split', (name) => {
    const { body, golden } = readFlowiseFixture(name);
    for (let at = 0; at <= body.length; at += 1) {
      const { events, outcome, saidEnd, report } = decode(body, at);
      expect(saidEnd).toBe(true);
      expect(report.sawWork).toBe(golden.sawWork);
      expect(outcome).toBe('done');
      expect(events).toEqual(golden.events);
    }
  });

  it('has its sources', () => {
    const document = { pageContent: 'p', metadata: { source: 'https://example.test/a', title: 'T' } };
    const { events } = decodeValue({ text: 'x', sourceDocuments: [document], usedTools: null });
    expect(events[1]).toEqual({
      type: 'sources',
      sources: [{ title: 'T', url: 'https://example.test/a', text: 'p', metadata: document.metadata }],
      native: {
        event: 'sourceDocuments',
        // Its sources hold them.
        data: [{ pageContent: null, metadata: null }],
        withoutSources: true,
      },
    });
  });

  it('may be structured', () => {
    const { events } = decodeValue({ json: { a: 1 } });
    expect(events).toEqual([{ type: 'text-delta', text: '```json\n{\n  "a": 1\n}\n```' }]);
  });

  it.each([
    ['is no JSON', Buffer.from('<html></html>')],
    ['is cut', Buffer.from('{"text":"he')],
    ['is no object', Buffer.from('"text"')],
    ['has no text', Buffer.from('{"question":"x"}')],
    [
      'tells of a failure',
      Buffer.from('{"statusCode":500,"success":false,"message":"at /srv/app.js:1","stack":"s"}'),
    ],
    ['is too large', Buffer.concat([Buffer.from('{"text":"'), Buffer.alloc(17 * 1024 * 1024, 'x')])],
  ])('is a failure when it %s', (name, body) => {
    const { events, outcome, saidEnd } = decode(body);
    expect(saidEnd).toBe(name === 'tells of a failure');
    expect(events).toEqual([]);
    expect(outcome).toMatchObject({ code: 'upstream_failed' });
    expect((outcome as Error).message).not.toContain('/srv');
  });
});
