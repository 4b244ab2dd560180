// Starts the product as an operator would, and makes what the workloads need: users with credits, a chatflow for each.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from './lib/process.mjs';

const USERS = 8;
const ADMIN = { email: 'admin@bench.example', password: 'a password of the bench' };
const CREDITS = 1_000_000;

/** @returns the running product as a target of the load client */
export async function startTollgateTarget(upstreamUrl, workloads, env = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const startedAt = performance.now();
  const server = await startProcess('dist/main.js', {
    ready: /listens on (\S+)/,
    env: {
      PORT: '0',
      DATA_DIR: dataDir,
      FLOWISE_API_URL: upstreamUrl,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGNUP_CREDITS: String(CREDITS),
      TURNS_PER_MINUTE: '1000000',
      CONCURRENT_TURNS: '100000',
      MAX_OPEN_TURNS: '100000',
      LOG_LEVEL: 'error',
      ...env,
    },
  });
  const startMs = performance.now() - startedAt;
  const admin = await logIn(server.url, ADMIN);
  for (const workload of workloads) {
    await call(server.url, 'PUT', `/chatflows/${workload}`, admin, {
      name: workload,
      provider: 'flowise',
      upstream: { flowId: workload },
      price: { credits: 1 },
      access: { public: true },
    });
  }
  const tokens = [];
  for (let user = 0; user < USERS; user++) {
    const account = { email: `user${user}@bench.example`, password: ADMIN.password };
    await call(server.url, 'POST', '/auth/register', undefined, account);
    tokens.push(await logIn(server.url, account));
  }
  return {
    server,
    startMs,
    admin,
    tokens,
    target: {
      url: server.url,
      path: '/predict/stream/store',
      headers: tokens.map((token) => ({ authorization: `Bearer ${token}` })),
      body: { chatflow_id: '$workload', question: 'bench' },
      read: 'predict',
    },
    call: (method, path, token, body) => call(server.url, method, path, token, body),
    async stop() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function logIn(url, credentials) {
  return (await call(url, 'POST', '/auth/login', undefined, credentials)).access_token;
}

async function call(url, method, path, token, body) {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}
