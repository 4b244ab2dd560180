import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../support/ports.js';
import { ServerProcess } from '../support/server-process.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { answerEveryQuestion } from './answers.js';
import { Api, inParallel } from './api.js';
import type { LoadUser } from './attempt.js';
import type { LoadChatflow } from './load.js';

const CREDITS = '100000000';
const PASSWORD = 'a password of the load';
const ADMIN = { email: 'admin@example.com', password: 'an admin of the load' };
const UNLIMITED = '1000000';
/** Of the built-in assistant, so that its turns last as long as the others. */
const ASSISTANT_DELAY_MS = '60';

/** The chatflows of the load, in the order of their shares. */
export const CHATFLOWS: readonly LoadChatflow[] = [
  { id: 'load', price: 3, chargeOnStop: true, known: true },
  { id: 'load-stop', price: 2, chargeOnStop: false, known: true },
  { id: 'assistant', price: 1, chargeOnStop: true, known: false },
];

/** What outlives every crash: the data folder, the upstream, the users and their tokens. */
export class World {
  users: readonly LoadUser[] = [];
  adminToken = '';

  private constructor(
    readonly url: string,
    readonly api: Api,
    readonly dataDir: string,
    private readonly port: number,
    private readonly upstream: FlowiseReplay,
  ) {}

  /** Makes the world and, with a first server, its users and chatflows. */
  static async make(userCount: number): Promise<World> {
    const upstream = await startFlowiseReplay();
    answerEveryQuestion(upstream);
    const port = await lastingPort();
    const url = `http://127.0.0.1:${port}`;
    const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-faults-'));
    const world = new World(url, new Api(url), dataDir, port, upstream);
    const server = world.startServer();
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    await world.settle(userCount);
    await server.kill();
    return world;
  }

  startServer(env: Readonly<Record<string, string>> = {}): ServerProcess {
    return new ServerProcess({
      PORT: String(this.port),
      DATA_DIR: this.dataDir,
      FLOWISE_API_URL: this.upstream.url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: CREDITS,
      TURNS_PER_MINUTE: UNLIMITED,
      CONCURRENT_TURNS: UNLIMITED,
      ACCESS_TOKEN_TTL_S: '86400',
      ASSISTANT_DELAY_MS,
      ...env,
    });
  }

  async remove(): Promise<void> {
    await this.upstream.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private async settle(userCount: number): Promise<void> {
    this.adminToken = (await this.logIn(ADMIN.email, ADMIN.password)).token;
    for (const { id, price, chargeOnStop, known } of CHATFLOWS) {
      if (!known) continue;
      await this.api.call('PUT', `/chatflows/${id}`, this.adminToken, {
        name: id,
        provider: 'flowise',
        upstream: { flowId: id },
        price: { credits: price },
        access: { public: true },
        onDisconnect: id === 'load-stop' ? 'stop' : 'continue',
        chargeOnStop,
      });
    }
    const users: LoadUser[] = [];
    await inParallel(
      Array.from({ length: userCount }).map((_, index) => index),
      async (index) => {
        const email = `user-${index}@example.com`;
        await this.api.call('POST', '/auth/register', undefined, { email, password: PASSWORD });
        users.push(await this.logIn(email, PASSWORD));
      },
    );
    this.users = users;
  }

  private async logIn(email: string, password: string): Promise<LoadUser> {
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
