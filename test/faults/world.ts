import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../support/ports.js';
import { ServerProcess } from '../support/server-process.js';
import type { FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import type { AnswerScript } from './answers.js';
import { Api } from './api.js';
import {
  loadSettings,
  populate,
  startLoadUpstream,
  type LoadUpstream,
  type Population,
} from './population.js';
import { Random } from './random.js';

/** What outlives every crash: the data folder, the upstream, the users and their tokens. */
export class World {
  people: Population = { adminToken: '', users: [] };

  private constructor(
    readonly url: string,
    readonly api: Api,
    readonly dataDir: string,
    private readonly port: number,
    readonly seed: string,
    private readonly answering: LoadUpstream,
  ) {}

  /** Makes the world and, with a first server, its users and chatflows. */
  static async make(userCount: number, seed: string): Promise<World> {
    const answering = await startLoadUpstream(seed);
    const port = await lastingPort();
    const url = `http://127.0.0.1:${port}`;
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-faults-'));
    const world = new World(url, new Api(url), dataDir, port, seed, answering);
    const server = world.startServer();
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    world.people = await populate(world.api, userCount);
    await server.kill();
    return world;
  }

  get upstream(): FlowiseDouble {
    return this.answering.upstream;
  }

  get script(): AnswerScript {
    return this.answering.script;
  }

  /** The choices of one part of the run. */
  random(name: string): Random {
    return new Random(`${this.seed} ${name}`);
  }

  startServer(env: Readonly<Record<string, string>> = {}): ServerProcess {
    return new ServerProcess({
      PORT: String(this.port),
      DATA_DIR: this.dataDir,
      ...loadSettings(this.upstream),
      ...env,
    });
  }

  async remove(): Promise<void> {
    await this.upstream.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
