import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../support/ports.js';
import { startOlderMongodb } from '../support/older-mongodb.js';
import { serverMain, ServerProcess } from '../support/server-process.js';
import type { FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import type { AnswerScript } from './answers.js';
import { Api } from './api.js';
import { makeCappedKey, type MadeKey } from './capped-key.js';
import { startBuiltDatabase } from './built-database.js';
import {
  loadSettings,
  populate,
  startLoadUpstream,
  type LoadUpstream,
  type Population,
} from './population.js';
import { Random } from './random.js';

/** Nobody settles the turns of a killed server before that where another might be alive; they are waited for. */
const LEASE_BESIDE_OTHERS_MS = '3000';

interface OlderDatabase {
  readonly uri: string;
  readonly refused: number;
  close(): Promise<void>;
}

async function startOlderDatabase(dataDir: string): Promise<OlderDatabase> {
  const embedded = await startBuiltDatabase(serverMain, dataDir);
  const older = await startOlderMongodb(embedded.uri, '7');
  return {
    uri: older.uri,
    get refused() {
      return older.refused;
    },
    close: async () => {
      await older.close();
      await embedded.close();
    },
  };
}

/** What outlives every crash: the data folder, the upstream, the users and their tokens. */
export class World {
  people: Population = { adminToken: '', users: [] };
  private made: MadeKey | undefined;

  private constructor(
    readonly url: string,
    readonly api: Api,
    readonly dataDir: string,
    private readonly port: number,
    readonly seed: string,
    private readonly answering: LoadUpstream,
    private readonly database: OlderDatabase | undefined,
  ) {}

  /**
   * Makes the world and, with a first server, its users and chatflows.
   * @param onMongodb7 whether the database stands beside the servers, outlives them and answers as MongoDB 7 does
   */
  static async make(userCount: number, seed: string, onMongodb7: boolean): Promise<World> {
    const answering = await startLoadUpstream(seed);
    const port = await lastingPort();
    const url = `http://127.0.0.1:${port}`;
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-faults-'));
    const database = onMongodb7 ? await startOlderDatabase(dataDir) : undefined;
    const world = new World(url, new Api(url), dataDir, port, seed, answering, database);
    const server = world.startServer();
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    world.people = await populate(world.api, userCount);
    world.made = await makeCappedKey(world.api);
    await server.kill();
    return world;
  }

  get cappedKey(): MadeKey {
    if (this.made === undefined) throw new Error('The world is not made yet');
    return this.made;
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
      ...(this.database === undefined
        ? {}
        : { MONGODB_URI: this.database.uri, TURN_LEASE_MS: LEASE_BESIDE_OTHERS_MS }),
      ...env,
    });
  }

  /** Leaves the data to whoever looks at it; no server can start any more. @returns how often a server asked for what MongoDB 7 has not */
  async closeDatabase(): Promise<number> {
    await this.database?.close();
    return this.database?.refused ?? 0;
  }

  async remove(): Promise<void> {
    await this.upstream.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
