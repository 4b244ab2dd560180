import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedProcess } from '../../../packages/embedded-mongo/test/support/embedded-process.js';
import { ApiClient, type SignedUp } from '../../support/auth/api-client.js';
import { serverFromSources, ServerProcess } from '../../support/server-process.js';
import { until } from '../../support/until.js';
import { startFlowiseUpstream, type FlowiseUpstream } from '../../support/upstream/flowise-upstream.js';
import type { ProxyProgram } from '../proxies/proxy-program.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of tests' };

/** Instances in processes of their own over one database, with one Flowise behind them. */
export interface InstanceProcesses {
  /** Of the proxy, or of the first of them. */
  readonly url: string;
  readonly servers: readonly ServerProcess[];
  readonly upstream: FlowiseUpstream;
  /** At the first of them, where what it changes counts at once. */
  readonly api: ApiClient;
  readonly admin: ApiClient;
  /** Where each keeps its files, and the database its own. */
  readonly folder: string;
  /** All that they have written. */
  readonly log: () => string;
  newUser(): Promise<SignedUp>;
  /** A flow of the upstream for one credit, for everybody unless it is said otherwise. */
  putChatflow(id: string, access?: object, changes?: object): Promise<void>;
  /** How many turns run on each. */
  running(): Promise<readonly number[]>;
  /** Resolves once every instance says so of its bus. */
  whenBusIs(state: 'up' | 'down'): Promise<void>;
  close(): Promise<void>;
}

/** @param env settings of all @param behind what they are asked through, one after the other */
export async function startInstanceProcesses(
  count: number,
  env: Readonly<Record<string, string>> = {},
  behind?: ProxyProgram,
): Promise<InstanceProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-instances-'));
  const database = await startEmbeddedProcess(join(folder, 'database'));
  const upstream = await startFlowiseUpstream();
  let log = '';
  const start = async (number: number): Promise<ServerProcess> => {
    const settings = {
      MONGODB_URI: `${database.uri.replace(/\/$/, '')}/tollgate_instances`,
      DATA_DIR: join(folder, `instance-${number}`),
      JWT_SECRET: 'a secret that all instances know, long enough',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: '1000',
      REGISTRATION: 'open',
      TURNS_PER_MINUTE: '100000',
      CONCURRENT_TURNS: '100000',
      FLOWISE_API_URL: upstream.url,
      FLOWISE_API_KEY: upstream.apiKey,
      TRUST_PROXY_HOPS: '1',
    };
    const server = new ServerProcess({ ...settings, ...env }, serverFromSources, [], (text) => (log += text));
    if ((await server.listening) === undefined) throw new Error(`An instance did not start: ${server.tail}`);
    return server;
  };
  // The first one makes what the others find.
  const first = await start(0);
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => start(index + 1)));
  const servers = [first, ...others];
  const proxy = await behind?.start(servers.map(({ url }) => new URL(url).host));
  const { url } = proxy ?? first;
  const api = new ApiClient(first.url);
  const { api: admin } = await api.logIn(ADMIN.email, ADMIN.password);
  let users = 0;
  const metricOf = (name: string) => (server: ServerProcess) =>
    fetch(`${server.url}/metrics`)
      .then((answer) => answer.text())
      .then((text) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]));
  return {
    ...{ url, servers, upstream, api, admin, folder, log: () => log },
    newUser: () => api.signUp(`user-${(users += 1)}@example.com`),
    async putChatflow(id, access = { public: true }, changes = {}) {
      upstream.addFlow(id);
      const flow = { provider: 'flowise', upstream: { flowId: id }, price: { credits: 1 } };
      const { status, body } = await admin.put(`/chatflows/${id}`, { name: id, ...flow, access, ...changes });
      if (status > 201) throw new Error(`${status} ${JSON.stringify(body)}`);
    },
    running: () => Promise.all(servers.map(metricOf('tollgate_running_turns'))),
    whenBusIs: (state) =>
      until(async () => {
        const up = await Promise.all(servers.map(metricOf('tollgate_bus_up')));
        return up.every((one) => one === (state === 'up' ? 1 : 0));
      }),
    async close() {
      await proxy?.close();
      for (const server of servers) server.signal('SIGTERM');
      await Promise.all(servers.map(({ exited }) => exited));
      await upstream.close();
      await database.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
