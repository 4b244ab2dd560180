import { startFlowiseDouble, type FlowiseDouble } from '../support/upstream/flowise-double/flowise-double.js';
import { AnswerScript } from './answers.js';
import { inParallel, type Api } from './api.js';
import type { LoadUser } from './attempt.js';
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

/** What answers the load. */
export interface LoadUpstream {
  readonly upstream: FlowiseDouble;
  readonly script: AnswerScript;
}

/** @param host the address that it listens on */
export async function startLoadUpstream(seed: string, host?: string): Promise<LoadUpstream> {
  const upstream = await startFlowiseDouble(host);
  const script = new AnswerScript(new Random(`${seed} answers`));
  const { answer, gate, failure, absence } = script;
  for (const { id, kind, fallback } of CHATFLOWS) {
    if (kind === undefined) continue;
    upstream.defineFlow(id, { kind, answer, gate, failure: fallback === undefined ? failure : absence });
  }
  return { upstream, script };
}

/** The settings of a server under load. */
export const loadSettings = ({ url, apiKey }: FlowiseDouble): Readonly<Record<string, string>> => ({
  FLOWISE_API_URL: url,
  FLOWISE_API_KEY: apiKey,
  UPSTREAM_RETRIES: '1',
  TURN_TIMEOUT_MS: String(TURN_TIMEOUT_MS),
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  SIGNUP_CREDITS: CREDITS,
  TURNS_PER_MINUTE: UNLIMITED,
  CONCURRENT_TURNS: UNLIMITED,
  ACCESS_TOKEN_TTL_S: '86400',
  ASSISTANT_DELAY_MS,
});

/** Who is there. */
export interface Population {
  readonly adminToken: string;
  /** In the order of their numbers. */
  readonly users: readonly LoadUser[];
}

/** Makes users and chatflows on an empty server. */
export async function populate(api: Api, userCount: number): Promise<Population> {
  const adminToken = (await logIn(api, ADMIN.email, ADMIN.password)).token;
  for (const { id, kind, price, chargeOnStop, onDisconnect, fallback } of CHATFLOWS) {
    if (kind === undefined) continue;
    await api.call('PUT', `/chatflows/${id}`, adminToken, {
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
      users.push(await newUser(api, index));
    },
  );
  return { adminToken, users: users.sort((a, b) => a.index - b.index) };
}

/** @param index as the words of its questions name it */
export async function newUser(api: Api, index: number): Promise<LoadUser> {
  const email = `user-${index}@example.com`;
  await api.call('POST', '/auth/register', undefined, { email, password: PASSWORD });
  return { ...(await logIn(api, email, PASSWORD)), index };
}

async function logIn(api: Api, email: string, password: string): Promise<Omit<LoadUser, 'index'>> {
  const { access_token: token } = await api.call<{ access_token: string }>('POST', '/auth/login', undefined, {
    email,
    password,
  });
  const { userId } = await api.get<{ userId: string }>('/auth/me', token);
  return { userId, token };
}
