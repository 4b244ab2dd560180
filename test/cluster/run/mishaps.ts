import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../faults/client.js';
import type { Random } from '../../faults/random.js';
import type { Violations } from '../../faults/violations.js';
import type { ClusterWorld } from './cluster-world.js';
import { LEASE_MS } from './cluster-world.js';
import type { Instance } from './instance.js';
import type { Peer } from './lan.js';

/** What goes wrong. */
export const MISHAPS = [
  'instance killed',
  'instance killed, and again while it starts',
  'two instances killed',
  'all instances killed',
  'rolling restart',
  'Redis killed and started again',
  'Redis flushed',
  'clients of Redis cut',
  'Redis frozen',
  'cut off from Redis for less than a lease',
  'cut off from Redis for more than a lease',
  'cut off from the database for less than a lease',
  'cut off from the database for more than a lease',
] as const;
export type Mishap = (typeof MISHAPS)[number];

/** Of the clients should have a turn open when something happens. */
const CLIENTS_AT_TURNS = 0.3;
/** On a busy machine turns take longer to begin than to be told, and never so many are open: fewer will do the longer it takes. */
const ONE_WILL_DO_AFTER_MS = 15_000;
/** Also on a busy machine the load is there by then. */
const PATIENCE_MS = 120_000;
const MOST_DELAY_MS = 800;
const MOST_DELAY_AT_START_MS = 1600;
/** Otherwise the next mishap may come while the instance starts. */
const WAITS_FOR_START = 0.6;

/** Lets things go wrong in a running cluster. */
export class Mishaps {
  readonly counts = new Map<Mishap, number>();
  readonly startMs: number[] = [];
  kills = 0;
  private readonly starting: Promise<void>[] = [];
  private readonly openTurns: number;

  constructor(
    private readonly world: ClusterWorld,
    private readonly client: Client,
    private readonly violations: Violations,
    private readonly random: Random,
    clients: number,
  ) {
    this.openTurns = clients * CLIENTS_AT_TURNS;
  }

  async perform(mishap: Mishap): Promise<void> {
    await this.whenUnderLoad();
    await delay(this.random.next() * MOST_DELAY_MS);
    this.counts.set(mishap, (this.counts.get(mishap) ?? 0) + 1);
    await this.happen(mishap);
  }

  /** Resolves when all instances are ready. */
  async whenAllReady(): Promise<void> {
    await Promise.all(this.starting.splice(0));
    for (const instance of this.world.instances) await this.whenReady(instance);
  }

  private happen(mishap: Mishap): Promise<void> {
    const { redis } = this.world;
    switch (mishap) {
      case 'instance killed':
        return this.killOne();
      case 'instance killed, and again while it starts':
        return this.killTwice();
      case 'two instances killed':
        return this.killTwo();
      case 'all instances killed':
        return this.killAll();
      case 'rolling restart':
        return this.restartAll();
      case 'Redis killed and started again':
        return this.restartRedis();
      case 'Redis flushed':
        return this.tellRedis('FLUSHALL');
      case 'clients of Redis cut':
        return this.tellRedis('CLIENT', 'KILL', 'TYPE', this.random.chance(0.5) ? 'pubsub' : 'normal');
      case 'Redis frozen':
        redis.freeze();
        return this.wait(500, 4000).then(() => redis.thaw());
      case 'cut off from Redis for less than a lease':
        return this.cutOff('redis', LEASE_MS / 5, LEASE_MS / 2);
      case 'cut off from Redis for more than a lease':
        return this.cutOff('redis', 2 * LEASE_MS, 4 * LEASE_MS);
      case 'cut off from the database for less than a lease':
        return this.cutOff('database', LEASE_MS / 5, LEASE_MS / 2);
      case 'cut off from the database for more than a lease':
        return this.cutOff('database', 2 * LEASE_MS, 5 * LEASE_MS);
    }
  }

  private async killOne(): Promise<void> {
    const instance = await this.pick();
    await this.kill(instance);
    await this.wait(0, 500);
    this.start(instance);
    if (this.random.chance(WAITS_FOR_START)) await this.whenAllReady();
  }

  private async killTwice(): Promise<void> {
    const instance = await this.pick();
    await this.kill(instance);
    instance.start();
    await this.wait(0, MOST_DELAY_AT_START_MS);
    await this.kill(instance);
    this.start(instance);
    await this.whenAllReady();
  }

  private async killTwo(): Promise<void> {
    await this.whenAllReady();
    const spared = await this.pick();
    const others = this.world.instances.filter((instance) => instance !== spared);
    await Promise.all(others.map((instance) => this.kill(instance)));
    for (const instance of others) this.start(instance);
    await this.whenAllReady();
  }

  /** Also those that are just starting. */
  private async killAll(): Promise<void> {
    const { instances } = this.world;
    await Promise.all(instances.map((instance) => this.kill(instance)));
    await this.wait(0, 500);
    for (const instance of instances) this.start(instance);
    await this.whenAllReady();
  }

  /** One after the other, each in order. */
  private async restartAll(): Promise<void> {
    await this.whenAllReady();
    for (const instance of this.world.instances) {
      const code = await instance.end();
      if (code !== 0)
        this.violations.add('other', `an instance that was told to end ended with ${code}`, instance.tail);
      this.start(instance);
      await this.whenAllReady();
    }
  }

  private async restartRedis(): Promise<void> {
    const { redis } = this.world;
    await redis.kill();
    await this.wait(0, 3000);
    await redis.startAgain();
  }

  private async tellRedis(...words: readonly string[]): Promise<void> {
    await this.world.redis.command(...words);
  }

  private async cutOff(peer: Peer, leastMs: number, mostMs: number): Promise<void> {
    const instance = await this.pick();
    instance.cutOffFrom(peer);
    await this.wait(leastMs, mostMs);
    instance.rejoin(peer);
    await this.whenReady(instance);
  }

  /** One that is ready. */
  private async pick(): Promise<Instance> {
    const { instances } = this.world;
    const instance = instances[this.random.below(instances.length)];
    if (instance === undefined) throw new Error('There is no instance');
    await this.whenReady(instance);
    return instance;
  }

  private async kill(instance: Instance): Promise<void> {
    this.kills++;
    await instance.kill();
  }

  private start(instance: Instance): void {
    const begun = performance.now();
    instance.start();
    this.starting.push(
      this.whenReady(instance).then(() => void this.startMs.push(performance.now() - begun)),
    );
  }

  private async whenReady(instance: Instance): Promise<void> {
    try {
      await instance.ready();
    } catch (error) {
      this.violations.add('other', (error as Error).message);
    }
  }

  private async whenUnderLoad(): Promise<void> {
    const begun = performance.now();
    for (;;) {
      const waitedMs = performance.now() - begun;
      const wanted = Math.max(1, this.openTurns * (1 - waitedMs / ONE_WILL_DO_AFTER_MS));
      if (this.client.openTurns >= wanted) return;
      if (waitedMs > PATIENCE_MS) {
        this.violations.add('other', 'the load does not get going');
        return;
      }
      await delay(5);
    }
  }

  private async wait(leastMs: number, mostMs: number): Promise<void> {
    await delay(leastMs + this.random.next() * (mostMs - leastMs));
  }
}
