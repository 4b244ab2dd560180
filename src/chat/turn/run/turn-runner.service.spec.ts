import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { createLog } from '../../../platform/logging/create-log.js';
import type { ProviderEvent } from '../../../contract/chat-event.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import { streamContext } from '../../../../test/support/stream-context.js';
import { LiveTurn } from './live-turn.js';
import { LiveTurns } from './live-turns.js';
import { LeaseLost } from '../settle/settlement.service.js';
import { TurnRunner } from './turn-runner.service.js';
import type { TurnRecord } from '../../records/turn.js';
import { NoTracing } from '../../../platform/tracing/no-tracing.js';

class StoppedClock extends Clock {
  now(): number {
    return 1_000_000;
  }
}

const context = streamContext();

async function* answer(): AsyncGenerator<readonly ProviderEvent[]> {
  yield [{ type: 'text-delta', text: 'Hello' }];
}

/** Runs a turn that is answered with "Hello" over a settlement that does this. */
async function run(
  settle: () => Promise<number>,
  saving?: Promise<void>,
): Promise<{ turn: LiveTurn; turns: LiveTurns }> {
  const silent = new Proxy({}, { get: () => () => undefined }) as never;
  const turns = new LiveTurns();
  const turn = new LiveTurn(
    {
      id: 'turn',
      question: 'Hi',
      startedAt: new Date(0),
      onDisconnect: 'continue',
      messageId: 'message',
    } as TurnRecord,
    context,
    undefined,
  );
  turns.add(turn);
  if (saving !== undefined) turn.savedBy(saving);
  const call = { events: answer(), report: {}, stop: async () => ({ acknowledged: false }) };
  const runner = new TurnRunner(
    loadConfig({ NODE_ENV: 'test' }),
    new StoppedClock(),
    { call: () => call } as never,
    { settle } as never,
    turns,
    silent,
    silent,
    new FaultPoints(undefined),
    silent,
    silent,
    createLog({ level: 'silent' }),
    new NoTracing(),
  );
  await runner.run(turn, { routes: [] as never, chunking: undefined });
  return { turn, turns };
}

const typesIn = ({ stream }: LiveTurn): string[] => stream.log.read(0).map(({ event }) => event.type);

describe('TurnRunner', () => {
  it('tells the end once the turn is settled, and keeps the stream for those who come back', async () => {
    const { turn, turns } = await run(async () => 1);
    expect(typesIn(turn)).toEqual(['text-delta', 'turn-end']);
    expect(turns.streamOf('turn')).toBe(turn.stream);
    expect(turns.count).toBe(0);
  });

  it('settles only when the last checkpoint is written, which would be left behind otherwise', async () => {
    const order: string[] = [];
    const saving = new Promise((resolve) => setImmediate(resolve)).then(() => void order.push('saved'));
    await run(async () => order.push('settled'), saving);
    expect(order).toEqual(['saved', 'settled']);
  });

  it('tells no end that it does not know: another owner may still charge what this one has decided', async () => {
    const { turn, turns } = await run(async () => Promise.reject(new LeaseLost('taken over')));
    expect(turn.stream.isEnded).toBe(true);
    expect(typesIn(turn)).toEqual(['text-delta']);
    expect(turns.streamOf('turn')).toBeUndefined();
    expect(turns.count).toBe(0);
  });
});
