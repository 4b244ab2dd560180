import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from '../faults/api.js';
import { ServerProcess, serverMain } from '../support/server-process.js';
import { ABUSIVE_EVENTS } from './abusive-events.js';
import { AbusiveUpstream } from './abusive-upstream.js';
import { ProbeClient } from './probe-client.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of the abuse' };
const USER = { email: 'user@example.com', password: 'somebody amid abuse' };
const UNLIMITED = '1000000';
const OF_A_MODEL: ReadonlySet<string> = new Set(['toolPieces', 'smallPieces', 'normal', 'long']);

/** The built product as a process with a probe in it, its upstream, and one user. */
export class AbuseWorld {
  private constructor(
    readonly server: ServerProcess,
    readonly upstream: AbusiveUpstream,
    readonly probe: ProbeClient,
    private readonly folder: string,
    private readonly token: string,
  ) {}

  static async start(): Promise<AbuseWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-abuse-'));
    const upstream = new AbusiveUpstream();
    const upstreamUrl = await upstream.start();
    const socket = join(folder, 'probe.sock');
    const env = {
      DATA_DIR: join(folder, 'data'),
      ABUSE_PROBE: socket,
      OPENAI_BASE_URL: `${upstreamUrl}/v1`,
      FLOWISE_API_URL: upstreamUrl,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: UNLIMITED,
      TURNS_PER_MINUTE: UNLIMITED,
      CONCURRENT_TURNS: UNLIMITED,
      UPSTREAM_RETRIES: '0',
    };
    const server = new ServerProcess(env, ['--import', join(import.meta.dirname, 'probe.mjs'), serverMain]);
    if ((await server.listening) === undefined) throw new Error(`The server does not start: ${server.tail}`);
    const token = await prepare(new Api(server.url));
    return new AbuseWorld(server, upstream, new ProbeClient(socket), folder, token);
  }

  /** Begins a turn; its answer is read by the caller. */
  async ask(chatflowId: string): Promise<Response> {
    return fetch(`${this.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: chatflowId,
        stream: true,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
  }

  /** @returns whether the answer came to its end */
  async askToTheEnd(chatflowId: string): Promise<boolean> {
    const response = await this.ask(chatflowId);
    return (await response.text()).endsWith('data: [DONE]\n\n') && response.status === 200;
  }

  async stop(): Promise<void> {
    this.upstream.close();
    await this.server.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** @returns the user's token */
async function prepare(api: Api): Promise<string> {
  const logIn = async (who: typeof USER) =>
    (await api.call<{ access_token: string }>('POST', '/auth/login', undefined, who)).access_token;
  const admin = await logIn(ADMIN);
  for (const name of ['normal', 'long', ...Object.keys(ABUSIVE_EVENTS)]) {
    const target = OF_A_MODEL.has(name)
      ? { provider: 'openai', upstream: { model: name } }
      : { provider: 'flowise', upstream: { flowId: name } };
    await api.call('PUT', `/chatflows/${name}`, admin, {
      name,
      ...target,
      price: { credits: 1 },
      access: { public: true },
    });
  }
  await api.call('POST', '/auth/register', undefined, USER);
  return logIn(USER);
}
