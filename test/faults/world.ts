import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../support/ports.js';
import { startOlderMongodb } from '../support/older-mongodb.js';
import { serverMain, ServerProcess } from '../support/server-process.js';
import { startFlowiseDouble, type FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import { AnswerScript } from './answers.js';
import { Api, inParallel } from './api.js';
import type { LoadUser } from './attempt.js';
import { startBuiltDatabase } from './built-database.js';
import type { LoadChatflow } from './load.js';
import { Random } from './random.js';

const CREDITS = '100000000';
const PASSWORD = 'a password of the load';
const ADMIN = { email: 'admin@example.com', password: 'an admin of the load' };
const UNLIMITED = '1000000';
/** Of the built-in assistant, so that its turns last as long as the others. */
const ASSISTANT_DELAY_MS = '60';

/** Longer than any turn of the load; so long after a turn was given up its run may still remember something. */
export const TURN_TIMEOUT_MS = 15_000;
/** A human answers at once, or not at all. */
const INPUT_WAIT_SECONDS = 4;

/** Nobody settles the turns of a killed server before that where another might be alive; they are waited for. */
const LEASE_BESIDE_OTHERS_MS = '3000';

/** The chatflows of the load: a flow of every kind. */
export const CHATFLOWS: readonly LoadChatflow[] = [
  chatflow('load', 'chain', { price: 3, weight: 30 }),
  chatflow('load-stop', 'agentflow2', { price: 2, weight: 15, chargeOnStop: false, onDisconnect: 'stop' }),
  chatflow('load-tools', 'toolAgent', { weight: 15 }),
  chatflow('load-agents', 'sequentialAgents', { weight: 10 }),
  chatflow('load-human', 'humanInput', { price: 2, weight: 8, onDisconnect: 'stop' }),
  chatflow('load-whole', 'nonStreaming', { weight: 6 }),
  chatflow('load-away', 'chain', { weight: 8, fallback: 'load' }),
  chatflow('assistant', undefined, { weight: 8 }),
];

function chatflow(
  id: string,
  kind: LoadChatflow['kind'],
  settings: Partial<LoadChatflow> & Pick<LoadChatflow, 'weight'>,
): LoadChatflow {
  const usual = { price: 1, chargeOnStop: true, onDisconnect: 'continue' } as const;
  return { id, ...(kind === undefined ? {} : { kind }), ...usual, ...settings };
}

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
  users: readonly LoadUser[] = [];
  adminToken = '';

  private constructor(
    readonly url: string,
    readonly api: Api,
    readonly dataDir: string,
    private readonly port: number,
    readonly seed: string,
    readonly upstream: FlowiseDouble,
    readonly script: AnswerScript,
    private readonly database: OlderDatabase | undefined,
  ) {}

  /**
   * Makes the world and, with a first server, its users and chatflows.
   * @param onMongodb7 whether the database stands beside the servers, outlives them and answers as MongoDB 7 does
   */
  static async make(userCount: number, seed: string, onMongodb7: boolean): Promise<World> {
    const upstream = await startFlowiseDouble();
    const script = new AnswerScript(new Random(`${seed} answers`));
    for (const { id, kind, fallback } of CHATFLOWS) {
      if (kind === undefined) continue;
      const { answer, gate, failure, absence } = script;
      upstream.defineFlow(id, { kind, answer, gate, failure: fallback === undefined ? failure : absence });
    }
    const port = await lastingPort();
    const url = `http://127.0.0.1:${port}`;
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-faults-'));
    const database = onMongodb7 ? await startOlderDatabase(dataDir) : undefined;
    const world = new World(url, new Api(url), dataDir, port, seed, upstream, script, database);
    const server = world.startServer();
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    await world.settle(userCount);
    await server.kill();
    return world;
  }

  /** The choices of one part of the run. */
  random(name: string): Random {
    return new Random(`${this.seed} ${name}`);
  }

  startServer(env: Readonly<Record<string, string>> = {}): ServerProcess {
    return new ServerProcess({
      PORT: String(this.port),
      DATA_DIR: this.dataDir,
      FLOWISE_API_URL: this.upstream.url,
      FLOWISE_API_KEY: this.upstream.apiKey,
      UPSTREAM_RETRIES: '1',
      TURN_TIMEOUT_MS: String(TURN_TIMEOUT_MS),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: CREDITS,
      TURNS_PER_MINUTE: UNLIMITED,
      CONCURRENT_TURNS: UNLIMITED,
      ACCESS_TOKEN_TTL_S: '86400',
      ASSISTANT_DELAY_MS,
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

  private async settle(userCount: number): Promise<void> {
    this.adminToken = (await this.logIn(ADMIN.email, ADMIN.password)).token;
    for (const { id, kind, price, chargeOnStop, onDisconnect, fallback } of CHATFLOWS) {
      if (kind === undefined) continue;
      await this.api.call('PUT', `/chatflows/${id}`, this.adminToken, {
        name: id,
        provider: 'flowise',
        upstream: { flowId: id },
        price: { credits: price },
        access: { public: true },
        onDisconnect,
        chargeOnStop,
        ...(fallback === undefined ? {} : { fallback }),
        ...(kind === 'humanInput' ? { inputWaitSeconds: INPUT_WAIT_SECONDS } : {}),
      });
    }
    const users: LoadUser[] = [];
    await inParallel(
      Array.from({ length: userCount }).map((_, index) => index),
      async (index) => {
        const email = `user-${index}@example.com`;
        await this.api.call('POST', '/auth/register', undefined, { email, password: PASSWORD });
        users.push({ ...(await this.logIn(email, PASSWORD)), index });
      },
    );
    this.users = users.sort((a, b) => a.index - b.index);
  }

  private async logIn(email: string, password: string): Promise<Omit<LoadUser, 'index'>> {
    const { access_token: token } = await this.api.call<{ access_token: string }>(
      'POST',
      '/auth/login',
      undefined,
      { email, password },
    );
    const { userId } = await this.api.get<{ userId: string }>('/auth/me', token);
    return { userId, token };
  }
}
