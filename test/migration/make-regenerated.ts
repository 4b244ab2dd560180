import { startFlowiseReplay } from '../support/upstream/flowise-replay.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import type { Api } from '../faults/api.js';
import { OldServer } from './old-server.js';

const ADMIN = { email: 'admin@example.com', password: 'an admin of the load' };
const USER = { email: 'user@example.com', password: 'a password of the load' };
/** Settlements whose messages are stored before the server ends itself in front of the next step. */
const SETTLED_BEFORE_CRASH = '4';

interface Listed {
  readonly data: readonly { readonly id: string; readonly role: string; readonly content: string }[];
}

/** Sessions in which answers were made anew, each in its own way, of version 1; the last one crashes in such a settlement. */
export async function makeRegenerated(file: string): Promise<void> {
  const upstream = await startFlowiseReplay();
  let answers = 0;
  upstream.respondWith((response) => flowise.tokens('answer ', String(answers++))(response));
  upstream.respondWith(flowise.frames(['token', 'half '], ['error', 'the tool broke']), 'broken');
  const server = await OldServer.make({
    FLOWISE_API_URL: upstream.url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  });
  try {
    const api = await server.start();
    const client = new Regenerating(api, await settle(api));
    await client.converse('linear', ['one', 'two', 'three']);
    await client.converse('last', ['one', 'two']);
    await client.regenerate('last', 'two');
    await client.converse('again and again', ['one']);
    for (let time = 0; time < 4; time++) await client.regenerate('again and again', 'one');
    await client.converse('earlier', ['one', 'two', 'three']);
    await client.regenerate('earlier', 'one', 0);
    await client.converse('earlier', ['four', 'five']);
    await client.regenerate('earlier', 'four', 1);
    await client.converse('earlier', ['six']);
    await client.converse('failed', ['one', 'two']);
    await client.regenerate('failed', 'two', undefined, 'broken');
    await client.converse('failed', ['three']);
    await client.converse(
      'long',
      Array.from({ length: 12 }, (_, index) => `question ${index}`),
    );
    await client.regenerate('long', 'question 3', 3);
    await client.converse('cut', ['one', 'two']);
    await server.end('SIGTERM');
    const second = await server.start({ FAULT_POINT: 'messages-stored', FAULT_AFTER: SETTLED_BEFORE_CRASH });
    const other = new Regenerating(second, await logIn(second, USER));
    await other.converse('more', ['one', 'two']);
    await other.regenerate('more', 'one', 0);
    await other.converse('more', ['three']);
    await other.regenerate('cut', 'two').catch(() => undefined);
    await server.end();
    await server.exportTo(file);
  } finally {
    await server.end('SIGKILL');
    await server.remove();
    await upstream.close();
  }
}

class Regenerating {
  constructor(
    private readonly api: Api,
    private readonly token: string,
  ) {}

  async converse(sessionId: string, questions: readonly string[]): Promise<void> {
    for (const question of questions)
      await this.api.call('POST', '/predict', this.token, { chatflow_id: 'flow', question, sessionId });
  }

  /** @param turn of those that are shown, from 0; left out: the last */
  async regenerate(id: string, question: string, turn?: number, chatflowId = 'flow'): Promise<void> {
    const path = `/sessions/${encodeURIComponent(id)}/messages?limit=100`;
    const { data } = await this.api.get<Listed>(path, this.token);
    const messageId = turn === undefined ? undefined : data[2 * turn + 1]?.id;
    const message = { role: 'user', parts: [{ type: 'text', text: question }] };
    const body = { id, chatflowId, message, trigger: 'regenerate-message', messageId };
    const response = await fetch(`${this.api.url}/api/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.text();
    if (response.status !== 200) throw new Error(`/api/chat: ${response.status}`);
  }
}

async function settle(api: Api): Promise<string> {
  const admin = await logIn(api, ADMIN);
  for (const id of ['flow', 'broken'])
    await api.call('PUT', `/chatflows/${id}`, admin, {
      name: id,
      provider: 'flowise',
      upstream: { flowId: id },
      price: { credits: 1 },
      access: { public: true },
    });
  await api.call('POST', '/auth/register', undefined, USER);
  return logIn(api, USER);
}

async function logIn(api: Api, { email, password }: typeof USER): Promise<string> {
  const body = { email, password };
  return (await api.call<{ access_token: string }>('POST', '/auth/login', undefined, body)).access_token;
}
