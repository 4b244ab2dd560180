import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import mongoose from 'mongoose';
import {
  startEmbeddedProcess,
  type EmbeddedProcess,
} from '../../../packages/embedded-mongo/test/support/embedded-process.js';
import { connectionOptions } from '../../../src/persistence/connection-options.js';
import type { AnswerScript } from '../../faults/answers.js';
import {
  loadSettings,
  populate,
  startLoadUpstream,
  type LoadUpstream,
  type Population,
} from '../../faults/population.js';
import { Random } from '../../faults/random.js';
import { serverMain } from '../../support/server-process.js';
import type { FlowiseDouble } from '../../support/upstream/flowise-double/flowise-double.js';
import { RedisServer } from '../support/redis-server.js';
import { Instance } from './instance.js';
import { Lan } from './lan.js';
import { nginx } from '../proxies/nginx.js';
import type { RunningProxy } from '../proxies/proxy-program.js';
import { PatientApi } from './patient-api.js';
import { TcpRelay } from './tcp-relay.js';

const INSTANCES = 3;
/** Short, so that what a killed instance leaves behind is settled within the run. */
export const LEASE_MS = 1500;
/** A machine on which three instances start at once is busy. */
const RECOVERY_PATIENCE_MS = 90_000;
const SWEEP_PATIENCE_MS = 60_000;
const POLL_MS = 200;

interface Parts {
  readonly lan: Lan;
  readonly dataDir: string;
  readonly database: EmbeddedProcess;
  readonly relay: TcpRelay;
  readonly redis: RedisServer;
  readonly answering: LoadUpstream;
  readonly instances: readonly Instance[];
  readonly proxy: RunningProxy;
}

/** Three instances of the built product behind nginx, over one database and one Redis. */
export class ClusterWorld {
  people: Population = { adminToken: '', users: [] };
  readonly api: PatientApi;
  readonly recoveryPatienceMs = RECOVERY_PATIENCE_MS;
  /** What an answer waits for before it is asked for is read in the midst of a turn; a cut is told to whoever asked, and costs nothing. */
  readonly losesDatabase = true;

  private constructor(
    readonly seed: string,
    private readonly parts: Parts,
  ) {
    this.api = new PatientApi(parts.proxy.url);
  }

  static async make(userCount: number, seed: string): Promise<ClusterWorld> {
    const lan = Lan.make(process.env.CI !== undefined);
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-cluster-'));
    const script = join(
      dirname(createRequire(serverMain).resolve('@tollgate/embedded-mongo')),
      'cli/serve.js',
    );
    const database = await startEmbeddedProcess(join(dataDir, 'database'), { script });
    // As everything else that was started: a run that is broken off leaves nothing behind.
    process.once('exit', () => database.process.kill('SIGKILL'));
    const relay = await TcpRelay.start(pathOf(database.uri), lan.addressOf('database'));
    const redisAddress = lan.addressOf('redis');
    const binds = ['--bind', '127.0.0.1', ...(redisAddress === '127.0.0.1' ? [] : [redisAddress])];
    const redis = await RedisServer.start([...binds, '--protected-mode', 'no']);
    const answering = await startLoadUpstream(seed, lan.addressOf('upstream'));
    const settings = {
      ...loadSettings(answering.upstream),
      MONGODB_URI: `mongodb://${lan.addressOf('database')}:${relay.port}`,
      REDIS_URL: `redis://${redisAddress}:${redis.port}`,
      JWT_SECRET: 'a secret that all instances know',
      TURN_LEASE_MS: String(LEASE_MS),
      TRUST_PROXY_HOPS: '1',
    };
    const instances = await Promise.all(
      Array.from({ length: INSTANCES }, (_, number) =>
        Instance.on(
          number,
          lan.newHost(number),
          { ...settings, DATA_DIR: join(dataDir, `${number}`) },
          join(dataDir, `instance-${number}.log`),
        ),
      ),
    );
    const proxy = await nginx.start(instances.map(({ authority }) => authority));
    const world = new ClusterWorld(seed, {
      ...{ lan, dataDir, database, relay, redis, answering, instances, proxy },
    });
    await world.startAll();
    world.people = await populate(world.api, userCount);
    return world;
  }

  /** Where clients go: to any instance. */
  get url(): string {
    return this.parts.proxy.url;
  }

  get instances(): readonly Instance[] {
    return this.parts.instances;
  }

  get redis(): RedisServer {
    return this.parts.redis;
  }

  get upstream(): FlowiseDouble {
    return this.parts.answering.upstream;
  }

  get script(): AnswerScript {
    return this.parts.answering.script;
  }

  /** Of everything that is kept. */
  get folder(): string {
    return this.parts.dataDir;
  }

  /** Of the database. */
  get dataDir(): string {
    return join(this.parts.dataDir, 'database');
  }

  /** Why no instance can be cut off here; undefined when it can. */
  get whyNoCuts(): string | undefined {
    return this.parts.lan.whyNoCuts;
  }

  /** The choices of one part of the run. */
  random(name: string): Random {
    return new Random(`${this.seed} ${name}`);
  }

  /**
   * A piece of an answer that comes behind the end of its turn, from an owner that was cut off and killed, is swept by the others within two rounds.
   * What is there later than that is found by the judge.
   */
  async whenCheckpointsAreGone(): Promise<void> {
    const { uri } = this.parts.database;
    const connection = await mongoose.createConnection(uri, connectionOptions(uri)).asPromise();
    try {
      const pieces = connection.collection('turn_checkpoints');
      const deadline = performance.now() + SWEEP_PATIENCE_MS;
      while ((await pieces.countDocuments()) > 0 && performance.now() < deadline) await delay(POLL_MS);
    } finally {
      await connection.close();
    }
  }

  /** Resolves when all are ready. The first one makes what others find. */
  async startAll(): Promise<void> {
    const [first, ...others] = this.instances;
    first?.start();
    await first?.ready();
    for (const instance of others) instance.start();
    await Promise.all(others.map((instance) => instance.ready()));
  }

  async endDatabase(): Promise<void> {
    await this.parts.relay.close();
    await this.parts.database.kill('SIGTERM');
  }

  /** Everything but the folder; behind `endDatabase` and the end of the instances. */
  async close(): Promise<void> {
    const { proxy, redis, answering, lan } = this.parts;
    await proxy.close();
    await redis.close();
    await answering.upstream.close();
    lan.close();
  }

  async remove(): Promise<void> {
    await rm(this.parts.dataDir, { recursive: true, force: true });
  }
}

function pathOf(uri: string): string {
  return decodeURIComponent(uri.replace(/^mongodb:\/\//, '').replace(/\/$/, ''));
}
