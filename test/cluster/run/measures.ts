import { setTimeout as delay } from 'node:timers/promises';
import { TollgateClient } from '@tollgate/client';
import { percentile } from '../../faults/result-table.js';
import { newChat, textOf } from '../../support/dialects/ai-sdk-clients.js';
import type { ClusterWorld } from './cluster-world.js';
import type { Rows } from './cluster-run.js';
import { LEASE_MS } from './cluster-world.js';
import type { Instance } from './instance.js';
import { MeasuredFlow } from './measured-flow.js';

const SAMPLES = 4;
const STREAMS = 200;
/** Of a turn before something happens to it. */
const CHARACTERS_BEFORE = 100;
const POLL_MS = 20;

/** Figures that are printed and not judged, but for what must not happen: they depend on the machine. */
export async function measure(world: ClusterWorld): Promise<Rows> {
  const brisk = await MeasuredFlow.define(world, 'measured-brisk', 120, 50);
  const ended = await killedOwner(world, brisk);
  const silences = await redisGone(world, brisk);
  const calm = await MeasuredFlow.define(world, 'measured-calm', 60, 100);
  const rolled = await rollingRestart(world, calm);
  return [
    [`killed owner: its followers see the end after, ms (lease ${LEASE_MS})`, spread(ended)],
    ['Redis gone: longest silence of a follower behind it, ms', spread(silences)],
    ...rolled,
  ];
}

/** How long it takes until followers elsewhere see the settled end of a turn whose owner was killed. */
async function killedOwner(world: ClusterWorld, flow: MeasuredFlow): Promise<number[]> {
  const measured: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const { owner, other } = pairOf(world, sample);
    const turnId = await flow.askAt(owner);
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
    const turnId = await flow.askAt(owner);
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

/** Every instance is restarted in order once, while as many streams run as end within the grace. */
async function rollingRestart(world: ClusterWorld, flow: MeasuredFlow): Promise<Rows> {
  const shown = { streams: 0, lost: 0, reconnects: 0, errors: new Map<string, number>() };
  const noteError = (client: string, error: unknown): void => {
    const what = `${client}: ${error instanceof Error ? error.message : String(error)}`;
    shown.errors.set(what, (shown.errors.get(what) ?? 0) + 1);
  };
  const restartMs: number[] = [];
  for (const instance of world.instances) {
    let begun = 0;
    const streams = Array.from({ length: STREAMS }, async (_, index) => {
      const user = world.people.users[index % world.people.users.length]!;
      const asking = { url: world.url, userId: user.userId, token: user.token, chatflowId: flow.id };
      const ask = index % 2 === 0 ? askWithClient : askWithAiSdk;
      shown.streams++;
      let isBegun = false;
      const onText = (): void => {
        if (!isBegun) begun++;
        isBegun = true;
      };
      try {
        const { text, reconnects } = await ask(asking, onText);
        shown.reconnects += reconnects;
        if (text !== flow.text) shown.lost++;
      } catch (error) {
        shown.lost++;
        noteError(ask.name, error);
      }
      onText();
    });
    while (begun < STREAMS) await delay(POLL_MS);
    const endsAt = performance.now();
    const code = await instance.end();
    if (code !== 0) noteError('instance', `ended with ${code}`);
    instance.start();
    await instance.ready();
    restartMs.push(performance.now() - endsAt);
    await Promise.all(streams);
  }
  const errors = [...shown.errors].map(([what, count]) => `${count} × ${what}`);
  return [
    ['rolling restart: streams', `${shown.streams}, of which not whole ${shown.lost}`],
    ['  errors shown to users', errors.length === 0 ? 0 : errors.join('; ')],
    ['  reconnects of @tollgate/client', shown.reconnects],
    ['  time of each restart, ms', spread(restartMs)],
  ];
}

interface Asking {
  readonly url: string;
  readonly userId: string;
  readonly token: string;
  readonly chatflowId: string;
}
interface Answered {
  readonly text: string;
  readonly reconnects: number;
}

async function askWithClient(asking: Asking, onText: () => void): Promise<Answered> {
  const client = new TollgateClient({ baseUrl: asking.url, accessToken: asking.token });
  let reconnects = 0;
  let text = '';
  const stream = client.chat.stream({
    question: 'Go on.',
    chatflowId: asking.chatflowId,
    onReconnect: () => reconnects++,
  });
  for await (const event of stream)
    if (event.type === 'token') {
      text += event.text;
      onText();
    }
  await stream.result();
  return { text, reconnects };
}

async function askWithAiSdk(asking: Asking, onText: () => void): Promise<Answered> {
  const chat = newChat(asking);
  const answer = (): string => textOf(chat.messages.findLast(({ role }) => role === 'assistant'));
  const forget = chat['~registerMessagesCallback'](() => {
    if (answer() !== '') onText();
  });
  await chat.sendMessage({ text: 'Go on.' });
  forget();
  if (chat.error !== undefined) throw chat.error;
  return { text: answer(), reconnects: 0 };
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

function spread(milliseconds: readonly number[]): string {
  const [median, most] = [0.5, 1].map((share) => Math.round(percentile(milliseconds, share)));
  return `median ${median}, max ${most} of ${milliseconds.length}`;
}
