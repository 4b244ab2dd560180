import { setTimeout as delay } from 'node:timers/promises';
import type { Rows } from './cluster-run.js';
import type { ClusterWorld } from './cluster-world.js';
import type { Instance } from './instance.js';
import type { MeasuredFlow } from './measured-flow.js';
import { READINGS } from './restart-readers.js';
import { spread } from './spread.js';

/** At each restart. */
const STREAMS = 200;
const POLL_MS = 20;

interface Tally {
  streams: number;
  notWhole: number;
  reconnects: number;
  /** By what their users were shown. */
  readonly errors: Map<string, number>;
}

/** Every instance is restarted in order once, while as many streams run as end within the grace. */
export async function rollingRestart(world: ClusterWorld, flow: MeasuredFlow): Promise<Rows> {
  const tally: Tally = { streams: 0, notWhole: 0, reconnects: 0, errors: new Map() };
  const restartMs: number[] = [];
  for (const instance of world.instances)
    restartMs.push(await restartUnderStreams(world, instance, flow, tally));
  const errors = [...tally.errors].map(([what, count]) => `${count} × ${what}`);
  return [
    ['rolling restart: streams', `${tally.streams}, of which not whole ${tally.notWhole}`],
    ['  errors shown to users', errors.length === 0 ? 0 : errors.join('; ')],
    ['  reconnects of @tollgate/client', tally.reconnects],
    ['  time of each restart, ms', spread(restartMs)],
  ];
}

/** @returns how long the restart took, milliseconds */
async function restartUnderStreams(
  world: ClusterWorld,
  instance: Instance,
  flow: MeasuredFlow,
  tally: Tally,
): Promise<number> {
  const begun = new Set<number>();
  const streams = Array.from({ length: STREAMS }, (_, index) =>
    readOne(world, flow, index, tally, () => begun.add(index)),
  );
  while (begun.size < STREAMS) await delay(POLL_MS);
  const endsAt = performance.now();
  const code = await instance.end();
  if (code !== 0) note(tally, `the instance ended with ${code}`);
  instance.start();
  await instance.ready();
  const restartMs = performance.now() - endsAt;
  await Promise.all(streams);
  return restartMs;
}

async function readOne(
  { url, people }: ClusterWorld,
  flow: MeasuredFlow,
  index: number,
  tally: Tally,
  onBegun: () => void,
): Promise<void> {
  const user = people.users[index % people.users.length];
  const [name, reading] = READINGS[index % READINGS.length] ?? [];
  if (user === undefined || reading === undefined) throw new Error('There is nobody who reads');
  tally.streams++;
  try {
    const { text, reconnects } = await reading(
      { url, userId: user.userId, token: user.token, flow },
      onBegun,
    );
    tally.reconnects += reconnects;
    if (text !== flow.text) tally.notWhole++;
  } catch (error) {
    tally.notWhole++;
    note(tally, `${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  onBegun();
}

function note({ errors }: Tally, what: string): void {
  errors.set(what, (errors.get(what) ?? 0) + 1);
}
