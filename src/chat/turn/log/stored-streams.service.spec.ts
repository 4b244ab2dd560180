import { streamContext } from '../../../../test/support/stream-context.js';
import type { HistoryStore } from '../../records/history.store.port.js';
import type { TurnRecord } from '../../records/turn.js';
import type { TurnStore } from '../../records/turn.store.port.js';
import { StoredStreams } from './stored-streams.service.js';
import { terminalEvents } from './terminal-events.js';

const ERROR = { code: 'upstream_failed', message: 'The upstream failed to answer.' } as const;
const SAID = 'Hi';

const TURN = {
  id: 'turn',
  userId: 'user',
  sessionId: 'session',
  chatflowId: 'assistant',
  messageId: 'answer',
  startedAt: new Date(0),
  status: 'failed',
  charged: 0,
  settlement: {
    outcome: 'failed',
    stores: false,
    error: ERROR,
    // The start and what was said.
    position: 1 + SAID.length,
    answer: { text: SAID, events: [{ type: 'text', length: SAID.length }] },
  },
} as unknown as TurnRecord;

describe('StoredStreams', () => {
  const streams = new StoredStreams(streamContext(), {} as TurnStore, {} as HistoryStore);
  const whole = [{ type: 'text-delta', text: SAID }, ...terminalEvents(TURN, TURN.settlement!, 0)];

  it.each([0, 1, 2, 3])('completes a stream that has %i events beside its start', async (count) => {
    const stream = streams.begin(TURN);
    for (const event of whole.slice(0, count)) stream.append(event as never);
    await streams.complete(TURN, stream);
    expect(stream.log.read(1).map(({ event }) => event)).toEqual(whole);
  });
});
