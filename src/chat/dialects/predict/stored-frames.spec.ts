import { newReport } from '../../../../test/support/upstream/decoding.js';
import { sse } from '../../../../test/support/upstream/behaviours.js';
import { FlowiseDecoder } from '../../../upstream/flowise/flowise.decoder.js';
import { toStoredAnswer } from '../../records/stored-answer.js';
import { TurnLog } from '../../turn/log/turn-log.js';
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

  it('are whole where documents are kept and counted once', () => {
    const text = 'x'.repeat(1000);
    const data = Array.from({ length: 100 }, () => ({ pageContent: text, metadata: { about: text } }));
    const frame = sse({ event: 'sourceDocuments', data });
    const decoder = new FlowiseDecoder(newReport());
    decoder.push(Buffer.from(frame));
    const log = new TurnLog();
    for (const event of decoder.take()) log.append(event);
    const answer = toStoredAnswer(log.read(0));
    const stored = JSON.stringify(answer);
    expect(stored.split(text).length - 1).toBe(200);
    expect(Math.max(log.size, stored.length)).toBeLessThan(frame.length * 1.1);
    expect(storedFrames(structuredClone(answer))).toEqual([{ event: 'sourceDocuments', data }]);
  });
});
