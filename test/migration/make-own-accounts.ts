import { startFlowiseReplay } from '../support/upstream/flowise-replay.js';
import type { Api } from '../faults/api.js';
import { assertHolds } from './fixture-contents.js';
import { OldLoad, type Asker } from './old-load.js';
import { OldServer } from './old-server.js';
import { answers, breaks } from './old-upstreams.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of the load' };
const PASSWORD = 'a password of the load';
const CHATFLOWS = ['load', 'load', 'load-stop', 'assistant', 'load', 'broken', 'load'];
const USERS = 7;
const CLIENTS = 28;
/** Decisions made before the server ends itself between two writes of a settlement. */
const SETTLED_BEFORE_CRASH = '140';

const questionFor: Asker['questionFor'] = (chatflowId, number) =>
  chatflowId === 'assistant' ? `add a task to water plant ${number}` : `q${number}: was heißt 流れ?`;

/** Accounts of our own, two lives of the server, both ended under load. */
export async function makeOwnAccounts(file: string): Promise<void> {
  const flowise = await startFlowiseReplay();
  flowise.respondWith(answers);
  flowise.respondWith(breaks, 'broken');
  const server = await OldServer.make({
    FLOWISE_API_URL: flowise.url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    SIGNUP_CREDITS: '5000',
    ASSISTANT_DELAY_MS: '5',
  });
  try {
    const first = await server.start();
    const askers = await settle(first, server.url);
    const load = new OldLoad(server.url, first, CHATFLOWS);
    const running = load.run(askers, CLIENTS, 10_000);
    while (load.asked < 220) await new Promise((resolve) => setTimeout(resolve, 20));
    load.over = true;
    await server.end('SIGKILL');
    await running;
    const second = await server.start({ FAULT_POINT: 'messages-stored', FAULT_AFTER: SETTLED_BEFORE_CRASH });
    await new OldLoad(server.url, second, CHATFLOWS).run(askers, CLIENTS, 10_000);
    await server.end();
    assertHolds(await server.exportTo(file), {
      turns: 320,
      users: USERS,
      collections: ['users', 'api_keys', 'refresh_token_families', 'assistant_tasks', 'turn_checkpoints'],
    });
  } finally {
    await server.end('SIGKILL');
    await server.remove();
    await flowise.close();
  }
}

async function settle(api: Api, url: string): Promise<Asker[]> {
  const admin = (await logIn(api, ADMIN.email, ADMIN.password)).token;
  for (const id of ['load', 'load-stop', 'broken']) {
    await api.call('PUT', `/chatflows/${id}`, admin, {
      name: id,
      provider: 'flowise',
      upstream: { flowId: id },
      price: { credits: id === 'load' ? 3 : 2 },
      access: { public: true },
      onDisconnect: id === 'load-stop' ? 'stop' : 'continue',
      chargeOnStop: id === 'load',
    });
  }
  const askers: Asker[] = [];
  for (let index = 0; index < USERS; index++) {
    const email = `user-${index}@example.com`;
    await api.call('POST', '/auth/register', undefined, { email, password: PASSWORD });
    const { token } = await logIn(api, email, PASSWORD);
    const { userId } = await api.get<{ userId: string }>('/auth/me', token);
    const { id } = await api.call<{ id: string }>('POST', '/auth/api-keys', token, { name: 'kept' });
    await api.call('POST', '/auth/api-keys', token, { name: 'until', expiresAt: '2099-01-01T00:00:00.000Z' });
    if (index === 0) await api.call('DELETE', `/auth/api-keys/${id}`, token, undefined, [204]);
    await api.call('POST', '/sessions', token, { chatflowId: 'load' });
    await post(url, admin, userId, 'grants', { amount: 500 + index, reason: 'welcome' }, `first:${index}`);
    await post(url, admin, userId, 'grants', { amount: 7, reason: 'again' });
    await post(url, admin, userId, 'adjustments', { amount: -11, reason: 'a mistake' }, `fix-${index}`);
    await post(url, admin, userId, 'adjustments', { amount: 1, reason: 'another' });
    askers.push({ token, questionFor });
  }
  return askers;
}

/** A posting by the admin; the key makes it one that can be repeated. */
async function post(
  url: string,
  admin: string,
  userId: string,
  kind: 'grants' | 'adjustments',
  body: object,
  key?: string,
): Promise<void> {
  const response = await fetch(`${url}/accounting/accounts/${encodeURIComponent(userId)}/${kind}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${admin}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${kind}: ${response.status} ${await response.text()}`);
}

async function logIn(api: Api, email: string, password: string): Promise<{ token: string }> {
  const { access_token: token } = await api.call<{ access_token: string }>('POST', '/auth/login', undefined, {
    email,
    password,
  });
  return { token };
}
