import { storedFrames } from './stored-frames.js';

describe('storedFrames', () => {
  it('are the events in order, with adjacent tokens joined', () => {
    const native = { event: 'usedTools', data: [{ tool: 'add' }] };
    expect(
      storedFrames({
        text: 'one two three',
        events: [
          { type: 'reasoning-delta', text: 'hm' },
          { type: 'text', length: 4 },
          // Shown with an earlier event, and never shown.
          { type: 'tool-call', toolCallId: 'c', toolName: 'add', input: {}, native: null },
          { type: 'metadata', upstreamChatId: 'secret' },
          { type: 'text', length: 4 },
          { type: 'tool-result', toolCallId: 'c', toolName: 'add', output: 1, native },
          { type: 'sources', sources: [{ text: 'p', metadata: { source: 'a.txt' } }] },
          { type: 'text', length: 5 },
          { type: 'usage', totalTokens: 3 },
        ],
      }),
    ).toEqual([
      { event: 'thinking', data: 'hm' },
      { event: 'token', data: 'one two ' },
      native,
      { event: 'sourceDocuments', data: [{ pageContent: 'p', metadata: { source: 'a.txt' } }] },
      { event: 'token', data: 'three' },
      { event: 'usageMetadata', data: { totalTokens: 3 } },
    ]);
  });
});
