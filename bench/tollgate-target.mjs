// Starts the product as an operator would, and makes what the workloads need: users with credits, a chatflow for each.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './lib/process.mjs';
import { parseWorkload } from './lib/workload.mjs';

const USERS = 8;
/** Registered at once: hashing passwords takes the time, and runs beside the event loop. */
const REGISTRATIONS = 4;
const ADMIN = { email: 'admin@bench.example', password: 'a password of the bench' };
const CREDITS = 1_000_000;

/**
 * Starts the product in a data folder of its own.
 * @param env settings that differ from the bench's
 * @param options for the process: `node`, the binary that runs it, `cwd`, whose build it is, its `core` and `collectable`; and `users`, how many take turns
 * @returns it as a target of the load client; `stop` removes the data folder
 */
export async function startTollgateTarget(upstreamUrl, workloads, env = {}, { users, ...options } = {}) {
  const dataDir = await newDataDir();
  const startedAt = performance.now();
  const server = await startProduct(upstreamUrl, dataDir, { ...options, env });
  const startMs = performance.now() - startedAt;
  const { admin, tokens } = await provision(server.url, workloads, users);
  return {
    server,
    startMs,
    admin,
    tokens,
    dataDir,
    target: targetOf(server.url, tokens),
    call: (method, path, token, body) => call(server.url, method, path, token, body),
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const newDataDir = () => mkdtemp(join(tmpdir(), 'tollgate-bench-'));

/** Starts the product on a data folder that outlives it. @returns the process */
export const startProduct = (upstreamUrl, dataDir, { env = {}, ...options } = {}) =>
  startProcess('dist/main.js', {
    ready: /listens on (\S+)/,
    ...options,
    env: {
      PORT: '0',
      DATA_DIR: dataDir,
      FLOWISE_API_URL: upstreamUrl,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: String(CREDITS),
      // Longer than any run.
      ACCESS_TOKEN_TTL_S: '86400',
      TURNS_PER_MINUTE: '1000000',
      CONCURRENT_TURNS: '100000',
      MAX_OPEN_TURNS: '100000',
      SESSIONS_PER_USER: '1000000',
      LOG_LEVEL: 'error',
      ...env,
    },
  });

/** Makes a chatflow for each workload and the users. @returns the access tokens, which hold over restarts, and the users' ids */
export async function provision(url, workloads, userCount = USERS) {
  const admin = await logIn(url, ADMIN);
  for (const workload of workloads) {
    await call(url, 'PUT', `/chatflows/${workload}`, admin, {
      name: workload,
      provider: 'flowise',
      upstream: { flowId: workload },
      price: { credits: 1 },
      access: { public: true },
      // A turn that says nothing more ends with its reader.
      ...(parseWorkload(workload).hold ? { onDisconnect: 'stop' } : {}),
    });
  }
  const users = [];
  let next = 0;
  const register = async () => {
    while (next < userCount) {
      const user = next++;
      const account = { email: `user${user}@bench.example`, password: ADMIN.password };
      await call(url, 'POST', '/auth/register', undefined, account);
      const token = await logIn(url, account);
      const { userId } = await call(url, 'GET', '/auth/me', token);
      users[user] = { token, userId };
    }
  };
  await Promise.all(Array.from({ length: REGISTRATIONS }, register));
  return { admin, tokens: users.map(({ token }) => token), userIds: users.map(({ userId }) => userId) };
}

/** What the load client sends; the users take turns. */
export const targetOf = (url, tokens) => ({
  url,
  path: '/predict/stream/store',
  headers: tokens.map((token) => ({ authorization: `Bearer ${token}` })),
  body: { chatflow_id: '$workload', question: 'bench' },
  read: 'predict',
});

async function logIn(url, credentials) {
  return (await call(url, 'POST', '/auth/login', undefined, credentials)).access_token;
}

/** @returns the answer's JSON; throws with the problem when there is one */
export async function call(url, method, path, token, body) {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}
