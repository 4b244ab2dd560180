import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../faults/api.js';
import { ServerProcess, serverMain } from '../support/server-process.js';
import { SoakUpstream } from './soak-upstream.js';

const ROOT = join(import.meta.dirname, '../..');
const ADMIN = { email: 'admin@example.com', password: 'an admin of the soak' };
const PASSWORD = 'a user of the soak';
const UNLIMITED = '1000000';

export interface SoakUser {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** What the process holds once its garbage is collected; bytes and numbers of things. */
export interface Sample {
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  readonly descriptors: number;
  /** Open handles and timers by their kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** On the process itself. */
  readonly listeners: number;
  readonly warnings: readonly string[];
}

/** The built product as `npm start` runs it, in production, with a probe in it, its upstream and its users. */
export class SoakWorld {
  users: readonly SoakUser[] = [];

  private constructor(
    readonly server: ServerProcess,
    readonly api: Api,
    private readonly upstream: SoakUpstream,
    private readonly folder: string,
  ) {}

  /** @param leak bytes that the process is made to keep for each request */
  static async start(users: number, leak: number): Promise<SoakWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-soak-'));
    const upstream = await SoakUpstream.start();
    const server = new ServerProcess(
      {
        NODE_ENV: 'production',
        NODE_OPTIONS: `--import=${join(import.meta.dirname, 'soak-probe.mjs')}`,
        SOAK_PROBE: join(folder, 'probe.sock'),
        SOAK_LEAK: String(leak),
        DATA_DIR: join(folder, 'data'),
        MONGODB_URI: 'embedded',
        JWT_SECRET: 'a secret of the soak, long enough for all',
        OPENAI_BASE_URL: `${upstream.url}/v1`,
        FLOWISE_API_URL: upstream.url,
        FLOWISE_API_KEY: 'soak',
        DEFAULT_CHATFLOW: 'short',
        REGISTRATION: 'open',
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        SIGNUP_CREDITS: UNLIMITED,
        TURNS_PER_MINUTE: UNLIMITED,
        CONCURRENT_TURNS: UNLIMITED,
        ASSISTANT_DELAY_MS: '0',
        LOG_LEVEL: 'error',
      },
      [...(await v8Options()), '--expose-gc', serverMain],
    );
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    const world = new SoakWorld(server, new Api(server.url), upstream, folder);
    await world.settle(users);
    return world;
  }

  async logIn(who: { readonly email: string; readonly password: string }): Promise<string> {
    const { email, password } = who;
    const tokens = await this.api.call<{ access_token: string }>('POST', '/auth/login', undefined, {
      email,
      password,
    });
    return tokens.access_token;
  }

  async sample(): Promise<Sample> {
    const seen = (await this.ask()) as Omit<Sample, 'descriptors'>;
    const descriptors = (await readdir(`/proc/${this.server.pid}/fd`)).length;
    return { ...seen, descriptors };
  }

  async stop(): Promise<void> {
    await this.server.kill();
    await this.upstream.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private ask(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = connect(join(this.folder, 'probe.sock'), () => socket.write('look\n'));
      let answer = '';
      socket.on('data', (data) => (answer += data.toString()));
      socket.once('end', () => resolve(JSON.parse(answer)));
      socket.once('error', reject);
    });
  }

  private async settle(count: number): Promise<void> {
    const admin = await this.logIn(ADMIN);
    for (const name of ['short', 'long', 'failing', 'model']) {
      const target =
        name === 'model'
          ? { provider: 'openai', upstream: { model: 'short' } }
          : { provider: 'flowise', upstream: { flowId: name } };
      await this.api.call('PUT', `/chatflows/${name}`, admin, {
        name,
        ...target,
        price: { credits: 1 },
        access: { public: true },
      });
    }
    const users: SoakUser[] = [];
    for (let index = 0; index < count; index++) {
      const who = { email: `user-${index}@example.com`, password: PASSWORD };
      await this.api.call('POST', '/auth/register', undefined, who);
      const token = await this.logIn(who);
      const { userId } = await this.api.get<{ userId: string }>('/auth/me', token);
      users.push({ ...who, userId, token });
    }
    this.users = users;
  }
}

/** Those of `npm start`. */
async function v8Options(): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  return manifest.scripts.start.match(/--\S*(?:semi-space|memory|heap)\S*/g) ?? [];
}
