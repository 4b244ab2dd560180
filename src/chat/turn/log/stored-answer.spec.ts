import type { ProviderEvent } from '../../../contract/chat-event.js';
import { fromStoredAnswer, joinAnswers, toStoredAnswer } from '../../records/stored-answer.js';
import { TurnLog } from './turn-log.js';

const EVENTS: ProviderEvent[] = [
  { type: 'reasoning-delta', text: 'hm' },
  { type: 'text-delta', text: 'Hello ' },
  { type: 'tool-call', toolCallId: '1', toolName: 'add', input: { title: 'x' } },
  { type: 'text-delta', text: 'world 😀' },
];

function logOf(events: readonly ProviderEvent[]): TurnLog {
  const log = new TurnLog();
  for (const event of events) log.append(event);
  return log;
}

describe('stored answers', () => {
  it('hold the text once, and give back the events that the live log had', () => {
    const answer = toStoredAnswer(logOf(EVENTS).read(0));
    expect(answer.text).toBe('Hello world 😀');
    expect(answer.events[1]).toEqual({ type: 'text', length: 6 });
    expect(fromStoredAnswer(answer)).toEqual(EVENTS);
    expect(logOf(fromStoredAnswer(answer)).read(0)).toEqual(logOf(EVENTS).read(0));
  });

  it('are the same when they were saved piece by piece', () => {
    const log = logOf(EVENTS);
    // A log never ends between the halves of its last character.
    const cuts = Array.from({ length: log.end + 1 }, (_, cut) => cut).filter((cut) => cut !== log.end - 1);
    for (const cut of cuts) {
      const head = new TurnLog();
      const [first, second] = [log.read(0), log.read(cut)];
      for (const { event, end } of first) {
        if (end <= cut) head.append(event);
        else {
          const start = end - ('text' in event ? event.text.length : 1);
          if ('text' in event && start < cut)
            head.append({ ...event, text: event.text.slice(0, cut - start) });
        }
      }
      head.seal();
      const joined = joinAnswers([toStoredAnswer(head.read(0)), toStoredAnswer(second)]);
      expect(joined).toEqual(toStoredAnswer(first));
    }
  });

  it('leave out the turn’s own events', () => {
    const log = logOf([{ type: 'text-delta', text: 'a' }]);
    log.append({ type: 'turn-end', outcome: 'completed', charged: 1 });
    expect(toStoredAnswer(log.read(0)).events).toEqual([{ type: 'text', length: 1 }]);
  });
});
