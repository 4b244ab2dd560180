import { leaveOutSources, putBackSources } from './source-documents.js';

const event = 'sourceDocuments';

describe('the documents of a frame', () => {
  const metadata = { source: 'a.txt', loc: { pageNumber: 1 } };
  const data = [
    { id: '1', pageContent: 'first', metadata, score: 0.5 },
    null,
    { metadata, pageContent: null },
    { pageContent: 42, metadata: null },
    'no object',
    { pageContent: 'last' },
  ];
  const sources = [
    { id: '1', text: 'first', metadata },
    { metadata },
    { text: 'of another kind than 42' },
    { text: 'last' },
  ];

  it('come back as they were, with their members in the same order', () => {
    const kept = leaveOutSources({ event, data }, sources);
    for (const stored of [kept, structuredClone(kept)])
      expect(JSON.stringify(putBackSources(stored, sources))).toBe(JSON.stringify({ event, data }));
  });

  it('are kept without what the sources hold', () => {
    const json = JSON.stringify(leaveOutSources({ event, data }, sources));
    for (const held of ['first', 'last', 'a.txt']) expect(json).not.toContain(held);
    for (const own of ['"score":0.5', '42', 'no object']) expect(json).toContain(own);
  });

  it('are given back as they are where nothing was left out', () => {
    const whole = { event, data: [{ pageContent: null, metadata: null }] };
    expect(putBackSources(whole, [{ text: 'stored before', metadata }])).toBe(whole);
    const other = { event, data: 'no list' };
    expect(putBackSources(other, sources)).toBe(other);
  });
});
