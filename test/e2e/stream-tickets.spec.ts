import { EventSource } from 'eventsource';
import { newId } from '../../src/platform/ids.js';
import { startTestServer, type TestUser } from '../support/test-server.js';
import { readTurn } from '../support/read-turn.js';
import { TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';

interface Frame {
  readonly id: string;
  readonly data: string;
}

describe('tickets for the streams of turns', () => {
  let world: TurnWorld;
  let user: TestUser;
  let gate: Gate;
  beforeAll(async () => {
    world = await TurnWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
  });
  afterEach(() => gate.open());

  const begin = async (): Promise<string> => {
    const stream = await world.ask({ user, sessionId: newId() });
    stream.abort();
    return String(stream.headers['x-turn-id']);
  };
  const makeTicket = async (turnId: string, token = user.token): Promise<string> => {
    const made = world.server.request.post(`/turns/${turnId}/ticket`).auth(token, { type: 'bearer' });
    const { body } = await made.expect(201);
    return String(body.ticket);
  };
  const address = (turnId: string, ticket: string, after?: string): string =>
    `${world.server.url}/turns/${turnId}/stream?ticket=${ticket}${after === undefined ? '' : `&after=${after}`}`;
  const statusOf = async (turnId: string, ticket: string): Promise<number> => {
    const response = await fetch(address(turnId, ticket));
    await response.body?.cancel();
    return response.status;
  };
  const makeKey = async (settings: object = {}) => {
    const made = world.server.request.post('/auth/api-keys').auth(user.token, { type: 'bearer' });
    const { body } = await made.send({ name: 'a program', ...settings }).expect(201);
    return body as { readonly id: string; readonly key: string };
  };

  it('open the stream of their turn to an EventSource, which goes on with another one when it was cut off', async () => {
    const turnId = await begin();
    const frames: Frame[] = [];
    const refusals: (number | undefined)[] = [];
    /** As the documents have it. */
    const follow = async (after?: string): Promise<void> => {
      const source = new EventSource(address(turnId, await makeTicket(turnId), after));
      await new Promise<void>((resolve) => {
        source.addEventListener('message', ({ data, lastEventId: id }) => {
          frames.push({ id, data: String(data) });
          if (String(data).includes('"event":"end"')) {
            source.close();
            resolve();
          }
        });
        source.addEventListener('error', ({ code }) => {
          // It comes back by itself with the ticket that is used, and gives up.
          if (source.readyState !== source.CLOSED) return;
          refusals.push(code);
          resolve(follow(frames.at(-1)?.id));
        });
      });
    };
    const over = follow();
    gate.release();
    await until(() => frames.some(({ data }) => data.includes('one ')));
    world.server.tollgate.app.getHttpServer().closeAllConnections();
    await until(() => refusals.length > 0);
    gate.open();
    await over;
    const turn = readTurn(frames);
    expect([turn.text, turn.ended, refusals]).toEqual(['one two', true, [401]]);
    expect(turn.ids).toEqual([...new Set(turn.ids)].sort((a, b) => a - b));
  });

  it('are good once, however many come with one at the same time', async () => {
    const turnId = await begin();
    gate.open();
    await world.stored(turnId, user);
    const ticket = await makeTicket(turnId);
    const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf(turnId, ticket)));
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    const again = await fetch(address(turnId, ticket));
    expect(await again.json()).toMatchObject({
      code: 'unauthenticated',
      instance: `/turns/${turnId}/stream`,
    });
  });

  it('are good for nothing else: another turn, another route, another method', async () => {
    const [turnId, other] = [await begin(), await begin()];
    gate.open();
    const ticket = await makeTicket(turnId);
    expect(await statusOf(other, ticket)).toBe(401);
    // It was shown where it does not belong.
    expect(await statusOf(turnId, ticket)).toBe(401);
    const unused = await makeTicket(turnId);
    for (const [method, path] of [
      ['GET', `/turns/${turnId}`],
      ['GET', '/auth/me'],
      ['POST', `/turns/${turnId}/stop`],
      ['POST', `/turns/${turnId}/ticket`],
      ['HEAD', `/turns/${turnId}/stream`],
    ] as const) {
      const { status } = await fetch(`${world.server.url}${path}?ticket=${unused}`, { method });
      expect([method, path, status]).toEqual([method, path, 401]);
    }
    expect(await statusOf(turnId, unused)).toBe(200);
    for (const wrong of ['', 'a', '%00', unused.slice(1), `${unused}&ticket=${unused}`])
      expect([wrong, await statusOf(turnId, wrong)]).toEqual([wrong, 401]);
  });

  it('are made only for turns that the caller may follow, and by keys that may', async () => {
    const turnId = await begin();
    gate.open();
    const refusal = async (token: string) => {
      const made = await world.server.request.post(`/turns/${turnId}/ticket`).auth(token, { type: 'bearer' });
      return [made.status, made.body.code as string];
    };
    expect(await refusal((await world.server.registerUser()).token)).toEqual([404, 'not_found']);
    expect(await refusal((await makeKey({ scopes: ['read'] })).key)).toEqual([403, 'insufficient_scope']);
    expect(await refusal((await makeKey({ chatflowIds: ['another'] })).key)).toEqual([404, 'not_found']);
  });

  it('have the rights of whoever has made them, as these are when they are used', async () => {
    const turnId = await begin();
    gate.open();
    await world.stored(turnId, user);
    const key = await makeKey();
    const [byKey, narrowed, bySignIn] = [
      await makeTicket(turnId, key.key),
      await makeTicket(turnId, key.key),
      await makeTicket(turnId),
    ];
    expect(await statusOf(turnId, await makeTicket(turnId, key.key))).toBe(200);
    await world.server.request
      .patch(`/auth/api-keys/${key.id}`)
      .auth(user.token, { type: 'bearer' })
      .send({ chatflowIds: ['another'] })
      .expect(200);
    expect(await statusOf(turnId, narrowed)).toBe(404);
    await world.server.request
      .delete(`/auth/api-keys/${key.id}`)
      .auth(user.token, { type: 'bearer' })
      .expect(204);
    expect(await statusOf(turnId, byKey)).toBe(401);
    await world.server.request.delete('/auth/sign-ins').auth(user.token, { type: 'bearer' }).expect(204);
    expect(await statusOf(turnId, bySignIn)).toBe(401);
  });

  it('open streams that end with the authority that they were made with', async () => {
    const turnId = await begin();
    const key = await makeKey();
    gate.release();
    const response = await fetch(address(turnId, await makeTicket(turnId, key.key)));
    await world.server.request
      .delete(`/auth/api-keys/${key.id}`)
      .auth(user.token, { type: 'bearer' })
      .expect(204);
    expect(await response.text()).toContain('"code":"access_revoked"');
    gate.open();
    expect((await world.stored(turnId, user)).status).toBe('completed');
  });
});

it('keeps tickets out of logs, answers and referrers', async () => {
  let logged = '';
  const settings = { LOG_LEVEL: 'trace', DEFAULT_CHATFLOW: 'assistant' };
  const server = await startTestServer(settings, { logDestination: { write: (line) => (logged += line) } });
  const user = await server.registerUser();
  const asked = await server.request
    .post('/predict')
    .auth(user.token, { type: 'bearer' })
    .send({ chatflow_id: 'assistant', question: 'help' });
  expect(asked.status).toBe(200);
  const turnId = String(asked.body.turnId);
  const made = await server.request.post(`/turns/${turnId}/ticket`).auth(user.token, { type: 'bearer' });
  const ticket = String(made.body.ticket);
  for (const status of [200, 401]) {
    const response = await fetch(`${server.url}/turns/${turnId}/stream?ticket=${ticket}`);
    expect([response.status, response.headers.get('referrer-policy')]).toEqual([status, 'no-referrer']);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).not.toContain(ticket);
  }
  await server.close();
  expect(logged).toContain(`/turns/${turnId}/stream?ticket=[redacted]`);
  expect(logged).not.toContain(ticket);
});
