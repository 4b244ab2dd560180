import { setTimeout as delay } from 'node:timers/promises';
import type { LoadUser } from '../../faults/attempt.js';
import { newUser } from '../../faults/population.js';
import { openEventStream, type EventStream } from '../../support/event-stream.js';
import { Gate } from '../../support/upstream/gate.js';
import type { Rows } from './cluster-run.js';
import type { ClusterWorld } from './cluster-world.js';
import type { Instance } from './instance.js';

const PLACES = 4;
const RATE = 12;
/** Of the instances, while these limits are looked at. */
export const FEW_TURNS = { CONCURRENT_TURNS: String(PLACES), TURNS_PER_MINUTE: String(RATE) };
const FLOW = 'of-few-users';
/** Tells these users from all others. */
const FIRST_USER = 980;
const POLL_MS = 100;

/** What a user may have at once and in a minute, over all instances, and behind the kill of one. @throws Error when it is more than is stated */
export async function userLimits(world: ClusterWorld): Promise<Rows> {
  const gate = new Gate();
  world.upstream.defineFlow(FLOW, { kind: 'agentflow2', answer: () => ['Here.'], gate });
  await world.api.call('PUT', `/chatflows/${FLOW}`, world.people.adminToken, {
    ...{ name: FLOW, provider: 'flowise', upstream: { flowId: FLOW } },
    ...{ price: { credits: 1 }, access: { public: true } },
  });
  const places = await placesOfUser(world);
  gate.open();
  const rate = await rateOfUser(world);
  return [...places, [`turns of a user in a minute who may begin ${RATE}`, rate]];
}

async function placesOfUser(world: ClusterWorld): Promise<Rows> {
  const user = await newUser(world.api, FIRST_USER);
  const { instances } = world;
  const [killed, ...others] = instances;
  if (killed === undefined) throw new Error('There is no instance');
  // At first one at each, so that each instance has some.
  const first = await askEach(instances, user, 1);
  const more = await askEach(instances, user, PLACES);
  const ran = [...first, ...more];
  assertAtMost(PLACES, ran.length, 'ran at once');
  const lost = ran.filter(({ instance }) => instance === killed).length;
  await killed.kill();
  const behind = await askEach(others, user, PLACES);
  assertAtMost(PLACES, ran.length - lost + behind.length, 'ran at once behind a kill');
  const killedAt = performance.now();
  let back = behind.length;
  // The places of the killed one come back, and no more than these.
  while (back < lost) {
    await delay(POLL_MS);
    back += (await askEach(others.slice(0, 1), user, 1)).length;
  }
  const backMs = Math.round(performance.now() - killedAt);
  const beyond = await askEach(others, user, PLACES);
  assertAtMost(PLACES, ran.length - lost + back + beyond.length, 'ran at once when places had come back');
  killed.start();
  await killed.ready();
  return [
    [`turns of a user at once who may have ${PLACES}`, ran.length],
    [
      '  behind the kill of an instance',
      `${behind.length} of its ${lost} places at once, all after ${backMs} ms`,
    ],
  ];
}

/** @returns how many turns began, asked for at every instance in turn */
async function rateOfUser(world: ClusterWorld): Promise<number> {
  const user = await newUser(world.api, FIRST_USER + 1);
  let began = 0;
  for (let wave = 0; wave < RATE; wave++) {
    const ran = await askEach(world.instances, user, 1);
    began += ran.length;
    await Promise.all(ran.map(({ stream }) => stream.text()));
  }
  assertAtMost(RATE, began, 'began in a minute');
  return began;
}

interface Ran {
  readonly instance: Instance;
  readonly stream: EventStream;
}

/** Asks each of these instances so often, all at once. @returns what began; the others were refused for the limits */
async function askEach(instances: readonly Instance[], user: LoadUser, times: number): Promise<Ran[]> {
  const asked = instances.flatMap((instance) =>
    Array.from({ length: times }, async () => {
      const stream = await openEventStream(`${instance.url}/predict/stream/store`, {
        token: user.token,
        body: { chatflow_id: FLOW, question: 'Go on.' },
      });
      if (stream.status === 200) return { instance, stream };
      const text = await stream.text();
      if (stream.status !== 429) throw new Error(`asking answered ${stream.status}: ${text}`);
      return undefined;
    }),
  );
  return (await Promise.all(asked)).filter((ran) => ran !== undefined);
}

function assertAtMost(limit: number, turns: number, what: string): void {
  if (turns > limit) throw new Error(`${turns} turns of a user ${what}, of at most ${limit}`);
}
