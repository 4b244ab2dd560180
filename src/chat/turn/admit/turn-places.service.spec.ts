import type { Chatflow } from '../../../chatflows/chatflow.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { SharedPlaces } from '../../../cluster/limits/shared-places.service.js';
import { SharedFailure, SharedScripts } from '../../../cluster/limits/shared-scripts.port.js';
import { LocalBus } from '../../../cluster/local-bus.js';
import { loadConfig } from '../../../config/load-config.js';
import { MetricsRegistry } from '../../../platform/metrics/metrics-registry.service.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import { LiveTurns } from '../run/live-turns.js';
import { ChatflowPlaces } from './chatflow-places.service.js';
import { TurnLimits } from './turn-limits.service.js';
import { TurnPlaces } from './turn-places.service.js';

/** A Redis that answers when the test says. */
class AnsweredByHand extends SharedScripts {
  readonly isShared = true;
  readonly asked: {
    readonly keys: string;
    readonly answer: (value: unknown) => void;
    readonly fail: () => void;
  }[] = [];

  run(_script: string, [key = '']: readonly string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.asked.push({ keys: key, answer: resolve, fail: () => reject(new SharedFailure()) });
    });
  }
}

const WHO = { userId: 'ada' };
const FLOW = { id: 'flow', concurrency: { turns: 1 } } as Chatflow;
const TAKEN = ['taken', 1, 60_000];

function setUp() {
  const config = loadConfig({ NODE_ENV: 'test' });
  const scripts = new AnsweredByHand();
  const bus = new LocalBus();
  const shared = new SharedPlaces(scripts, bus, new InstanceId('one'), config);
  const live = new LiveTurns();
  const chatflows = new ChatflowPlaces(shared, bus, new TurnMetrics(new MetricsRegistry()));
  const places = new TurnPlaces(new TurnLimits(config, live, shared), chatflows, shared);
  const asked = () => scripts.asked.map(({ keys }) => keys.replace(/\{\d+\}:/, ''));
  return { places, scripts, live, asked };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('TurnPlaces', () => {
  it('asks for both places at once, and gives both back with one script each, which nobody waits for', async () => {
    const { places, scripts, asked, live } = setUp();
    const taking = places.take(WHO, FLOW);
    expect(asked()).toEqual(['places:user:ada', 'places:chatflow:flow']);
    scripts.asked[1]?.answer([1, 0]);
    scripts.asked[0]?.answer(TAKEN);
    const taken = await taking;
    expect(taken).toMatchObject({ kind: 'taken', waited: false });
    if (taken.kind !== 'taken') return;
    taken.leave();
    taken.leave();
    expect(asked().slice(2)).toEqual(['places:user:ada', 'places:chatflow:flow']);
    expect(live.places).toBe(0);
  });

  it('asks nothing about a chatflow that has no limit', async () => {
    const { places, scripts, asked } = setUp();
    const taking = places.take(WHO, { id: 'flow' } as Chatflow);
    scripts.asked[0]?.answer(TAKEN);
    const taken = await taking;
    if (taken.kind === 'taken') taken.leave();
    expect(asked()).toEqual(['places:user:ada', 'places:user:ada']);
  });

  it.each([
    ['full', ['full']],
    ['spent', ['spent', 5000]],
  ])(
    'gives the chatflow’s place back when the user has none (%s), and then asks for one after the other',
    async (_, refusal) => {
      const { places, scripts, asked, live } = setUp();
      const taking = places.take(WHO, FLOW);
      const refused = expect(taking).rejects.toMatchObject({ code: 'rate_limited' });
      scripts.asked[0]?.answer(refusal);
      scripts.asked[1]?.answer([1, 0]);
      await refused;
      expect(asked().slice(2)).toEqual(['places:chatflow:flow']);
      scripts.asked[2]?.answer([0, 0]);
      const again = places.take(WHO, FLOW);
      await settled();
      expect(asked().slice(3)).toEqual(['places:user:ada']);
      scripts.asked[3]?.answer(TAKEN);
      await settled();
      expect(asked().slice(4)).toEqual(['places:chatflow:flow']);
      scripts.asked[4]?.answer([1, 0]);
      expect((await again).kind).toBe('taken');
      expect(live.places).toBe(1);
    },
  );

  it('keeps the user’s place of whoever may wait for the chatflow’s, and decides by itself without an answer', async () => {
    const { places, scripts, live } = setUp();
    const first = places.take(WHO, FLOW);
    for (const { fail } of scripts.asked) fail();
    expect(await first).toMatchObject({ kind: 'taken', rate: { remaining: 59 } });
    const second = places.take(WHO, FLOW);
    scripts.asked[2]?.fail();
    const busy = await second;
    expect(busy.kind).toBe('busy');
    if (busy.kind !== 'busy') return;
    await expect(busy.wait(false)).rejects.toMatchObject({ code: 'overloaded' });
    expect(live.places).toBe(2);
    busy.giveUp();
    expect(live.places).toBe(1);
  });
});
