import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterWorld } from './cluster-world.js';
import type { Rows } from './cluster-run.js';
import { LEASE_MS } from './cluster-world.js';
import { crowd, PLACES } from './crowd.js';
import type { Instance } from './instance.js';
import { MeasuredFlow } from './measured-flow.js';
import { rollingRestart } from './rolling-restart.js';
import { spread } from './spread.js';
import { FEW_TURNS, userLimits } from './user-limits.js';

const SAMPLES = 4;
/** Of a turn before something happens to it. */
const CHARACTERS_BEFORE = 100;
const POLL_MS = 20;

/** Figures that are printed and not judged, but for what must not happen: they depend on the machine. */
export async function measure(world: ClusterWorld): Promise<Rows> {
  const brisk = await MeasuredFlow.define(world, 'measured-brisk', 120, 50);
  const ended = await killedOwner(world, brisk);
  const silences = await redisGone(world, brisk);
  const crowds = await limits(world);
  await restartWith(world, FEW_TURNS);
  const users = await userLimits(world);
  const calm = await MeasuredFlow.define(world, 'measured-calm', 60, 100);
  // A busy machine must not be taken for a lost instance while hundreds of streams are watched.
  await restartWith(world, { TURN_LEASE_MS: '15000' });
  const rolled = await rollingRestart(world, calm);
  await restartWith(world, {});
  return [
    [`killed owner: its followers see the end after, ms (lease ${LEASE_MS})`, spread(ended)],
    ['Redis gone: longest silence of a follower behind it, ms', spread(silences)],
    ...crowds,
    ...users,
    ...rolled,
  ];
}

/** How long it takes until followers elsewhere see the settled end of a turn whose owner was killed. */
async function killedOwner(world: ClusterWorld, flow: MeasuredFlow): Promise<number[]> {
  const measured: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const { owner, other } = pairOf(world, sample);
    const { turnId } = await flow.askAt(owner);
    let seen = '';
    const following = flow.followAt(other, turnId, (text) => (seen = text));
    while (seen.length < CHARACTERS_BEFORE) await delay(POLL_MS);
    const killedAt = performance.now();
    await owner.kill();
    const { end } = await following;
    measured.push(performance.now() - killedAt);
    if (end !== 'turn_interrupted') throw new Error(`a turn whose owner was killed ended as ${end}`);
    owner.start();
    await owner.ready();
  }
  return measured;
}

/** How long a follower elsewhere hears nothing at most when Redis has gone, although the turn goes on. */
async function redisGone(world: ClusterWorld, flow: MeasuredFlow): Promise<number[]> {
  const { redis, instances } = world;
  const measured: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await Promise.all(instances.map((instance) => whenBusIs('up', instance)));
    const { owner, other } = pairOf(world, sample);
    const { turnId } = await flow.askAt(owner);
    let seen = '';
    let longest = 0;
    // What counts begins when Redis goes.
    let quietSince = Number.POSITIVE_INFINITY;
    const following = flow.followAt(other, turnId, (text) => {
      const now = performance.now();
      longest = Math.max(longest, now - quietSince);
      if (quietSince < now) quietSince = now;
      seen = text;
    });
    while (seen.length < CHARACTERS_BEFORE) await delay(POLL_MS);
    quietSince = performance.now();
    if (sample % 2 === 0) await redis.kill();
    else redis.freeze();
    const { text, end } = await following;
    if (end !== 'completed' || text !== flow.text)
      throw new Error(`without Redis a turn ended as ${end}: ${text}`);
    measured.push(longest);
    redis.thaw();
    await redis.kill();
    await redis.startAgain();
  }
  await Promise.all(instances.map((instance) => whenBusIs('up', instance)));
  return measured;
}

/** How many turns a chatflow runs at once that may run few, while instances count together and while each counts alone. */
async function limits(world: ClusterWorld): Promise<Rows> {
  const { redis, instances } = world;
  const together = await crowd(world);
  await redis.kill();
  await Promise.all(instances.map((instance) => whenBusIs('down', instance)));
  const alone = await crowd(world);
  await redis.startAgain();
  await Promise.all(instances.map((instance) => whenBusIs('up', instance)));
  if (alone > PLACES * instances.length) throw new Error(`${alone} turns ran at once`);
  return [[`turns of a chatflow at once that may run ${PLACES}`, `${together}, without Redis ${alone}`]];
}

async function restartWith({ instances }: ClusterWorld, overrides: Instance['overrides']): Promise<void> {
  await Promise.all(
    instances.map(async (instance) => {
      await instance.end();
      instance.overrides = overrides;
      instance.start();
      await instance.ready();
    }),
  );
}

function pairOf({ instances }: ClusterWorld, sample: number): { owner: Instance; other: Instance } {
  const [owner, other] = [sample, sample + 1].map((index) => instances[index % instances.length]);
  if (owner === undefined || other === undefined) throw new Error('There is no instance');
  return { owner, other };
}

async function whenBusIs(state: string, { url }: Instance): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/health/ready`);
    if ((await response.text()).includes(`"redis":"${state}"`)) return;
    await delay(POLL_MS);
  }
}
