import { randomUUID } from 'node:crypto';
import { MemoryEraser } from '../../../src/chat/conversations/memory-eraser.service.js';
import { HistoryStore } from '../../../src/chat/records/history.store.port.js';
import { TurnStore } from '../../../src/chat/records/turn.store.port.js';
import { newTransport } from '../../support/dialects/ai-sdk-clients.js';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';
import { until } from '../../support/until.js';
import { Gate } from '../../support/upstream/gate.js';
import { startStormDouble, type StormDouble } from '../../support/upstream/storm-double.js';

const RECALL = 'What did I say?';

describe('a session that was deleted', () => {
  let world: TurnWorld;
  let storm: StormDouble;
  let user: TestUser;

  beforeAll(async () => {
    storm = await startStormDouble();
    world = await TurnWorld.start({ STORM_API_URL: storm.url });
    await world.putChatflow('storm', { provider: 'storm', upstream: {} });
  });
  afterAll(async () => {
    await world.close();
    await storm.close();
  });
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain' });
    world.upstream.respondToDeleteWith();
  });

  const get = (path: string) => world.server.request.get(path).auth(user.token, { type: 'bearer' });
  const memoryOfRequest = (index: number): string => {
    const { overrideConfig } = world.upstream.requests.at(index)?.body ?? {};
    return (overrideConfig as { sessionId: string }).sessionId;
  };

  it('is gone in every way that leads to it; what it cost is still in the books', async () => {
    const key = randomUUID();
    const asked = { user, sessionId: 'main', question: 'a secret', key };
    const { turnId } = await world.askWhole(asked);
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);

    for (const path of [
      `/turns/${turnId}`,
      `/turns/${turnId}/stream`,
      `/turns/${turnId}/stream?after=3`,
      '/sessions/main',
      '/sessions/main/messages',
      '/sessions/main/export',
    ]) {
      const { body, text } = await get(path).expect(404);
      expect(body.code).toBe('not_found');
      expect(text).not.toContain('a secret');
    }
    await world.server.request.post(`/turns/${turnId}/stop`).auth(user.token, { type: 'bearer' }).expect(404);
    expect((await get('/sessions').expect(200)).body).toMatchObject({ data: [] });
    expect(await world.deleteSession('main', user)).toEqual([404, undefined]);

    const again = await world.ask(asked);
    expect(again.status).toBe(404);
    expect(JSON.parse(await again.text())).toMatchObject({ code: 'not_found' });

    const openai = newOpenAi(world.setupOf(user));
    for (const previous_response_id of [turnId, `resp_${turnId}`]) {
      await expect(
        openai.responses.create({ model: 'flow', input: RECALL, previous_response_id }),
      ).rejects.toMatchObject({ status: 404 });
    }
    expect(await newTransport(world.setupOf(user)).reconnectToStream({ chatId: 'main' })).toBeNull();

    const { data } = await world.server.read('/accounting/transactions', user.token);
    expect((data as { kind: string; turnId?: string }[]).map(({ kind }) => kind).sort()).toEqual([
      'capture',
      'grant',
      'hold',
    ]);
    expect(await world.server.read('/accounting/balance', user.token)).toEqual({ available: 99, held: 0 });
  });

  it('is as new when it is asked in again, in the AI SDK too', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'a secret' });
    await world.deleteSession('main', user);
    expect((await world.askWhole({ user, sessionId: 'main', question: RECALL })).text).toBe(
      'I remember nothing.',
    );
    expect((await get('/sessions/main').expect(200)).body).toMatchObject({ topic: RECALL, messageCount: 2 });
  });

  it('loses also the turns that left no messages', async () => {
    world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
    const { turnId } = await world.askWhole({ user, sessionId: 'main', question: 'a secret' });
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    await get(`/turns/${turnId}`).expect(404);
    await get(`/turns/${turnId}/stream`).expect(404);
  });

  it('cannot be deleted while a turn runs in it', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate });
    const stream = await world.ask({ user, sessionId: 'main' });
    expect((await world.deleteSession('main', user))[0]).toBe(409);
    gate.open();
    await stream.text();
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
  });

  it('is gone by every answer that says so, also while it is being deleted already', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'a secret' });
    const history = world.server.get(HistoryStore);
    const gate = new Gate();
    const turns = world.server.get(TurnStore);
    let held = 0;
    const deleteSession = history.deleteSession.bind(history);
    history.deleteSession = async (...session) => {
      held += 1;
      await gate.wait();
      return deleteSession(...session);
    };
    const first = world.deleteSession('main', user);
    await until(() => held === 1);
    let looks = 0;
    const findOccupant = turns.findOccupant.bind(turns);
    turns.findOccupant = (...session) => {
      looks += 1;
      return findOccupant(...session);
    };
    let isOver = false;
    const second = world.deleteSession('main', user).finally(() => (isOver = true));
    // Once before it tries, then again and again.
    await until(() => isOver || looks >= 3);
    expect(isOver).toBe(false);
    gate.open();
    expect(await second).toEqual([204, 'pending']);
    await get('/sessions/main').expect(404);
    expect(await first).toEqual([204, 'deleted']);
    Object.assign(history, { deleteSession });
    Object.assign(turns, { findOccupant });
  });

  describe('and what upstreams remember of it', () => {
    it('is deleted at a Flowise server, in every memory that the session had', async () => {
      await world.askWhole({ user, sessionId: 'main', question: 'a secret' });
      const first = memoryOfRequest(-1);
      world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 1 } });
      await world.askWhole({ user, sessionId: 'main', question: 'fails' });
      world.upstream.runAs({ kind: 'chain' });
      await world.askWhole({ user, sessionId: 'main', question: 'another secret' });
      const second = memoryOfRequest(-1);
      expect(second).not.toBe(first);
      expect(world.upstream.memoryOf('flow', first)).not.toEqual([]);
      expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
      for (const memory of [first, second]) expect(world.upstream.memoryOf('flow', memory)).toEqual([]);
    });

    it('is deleted later when the server refuses at first', async () => {
      await world.askWhole({ user, sessionId: 'main', question: 'a secret' });
      const memory = memoryOfRequest(-1);
      world.upstream.respondToDeleteWith(flowise.status(503));
      expect(await world.deleteSession('main', user)).toEqual([204, 'pending']);
      await get('/sessions/main').expect(404);
      expect(world.upstream.memoryOf('flow', memory)).not.toEqual([]);
      world.upstream.respondToDeleteWith();
      const eraser = world.server.get(MemoryEraser);
      // Not before it is due, a minute later.
      await eraser.eraseDue();
      expect(world.upstream.memoryOf('flow', memory)).not.toEqual([]);
      const { now } = Date;
      try {
        Date.now = () => now() + 3600_000;
        await eraser.eraseDue();
      } finally {
        Date.now = now;
      }
      expect(world.upstream.memoryOf('flow', memory)).toEqual([]);
    });

    it('cannot be deleted at a Storm server, which says so, and begins in a thread of its own', async () => {
      const ask = (question: string) =>
        world.askWhole({ user, chatflowId: 'storm', sessionId: 'main', question });
      await ask('a secret');
      expect((await ask(RECALL)).text).toContain('a secret');
      const threads = storm.threadIds.length;
      expect(await world.deleteSession('main', user)).toEqual([204, 'unsupported']);
      expect((await ask(RECALL)).text).toBe('I remember nothing.');
      expect(storm.threadIds.length).toBe(threads + 1);
    });

    it('is none where the upstream keeps none', async () => {
      await world.askWhole({ user, chatflowId: 'assistant', sessionId: 'main', question: 'help' });
      expect(await world.deleteSession('main', user)).toEqual([204, 'none']);
    });

    it('may be of several, and the worst is said', async () => {
      await world.askWhole({ user, sessionId: 'main', question: 'a' });
      await world.askWhole({ user, chatflowId: 'storm', sessionId: 'main', question: 'b' });
      expect(await world.deleteSession('main', user)).toEqual([204, 'unsupported']);
    });
  });

  it('is either there or gone when a turn begins at the same moment', async () => {
    user = await world.server.registerUser({ credits: 1000 });
    for (let round = 0; round < 50; round++) {
      const sessionId = `race-${round}`;
      await world.askWhole({ user, sessionId, question: `before ${round}` });
      const asking = world.askWhole({ user, sessionId, question: RECALL });
      // A little later each time, so that every order comes up.
      for (let turns = 0; turns < round % 12; turns++) await new Promise(setImmediate);
      const [[status], { text }] = await Promise.all([world.deleteSession(sessionId, user), asking]);
      const session = (await get(`/sessions/${sessionId}`)).body as { messageCount: number };
      const { data } = (await get(`/sessions/${sessionId}/messages`)).body as { data: { content: string }[] };
      const whole = [`before ${round}`, `You said: before ${round}`];
      if (status === 409) {
        // The turn came first: nothing was deleted.
        expect(text).toContain(`before ${round}`);
        expect([session.messageCount, data.map(({ content }) => content)]).toEqual([
          4,
          [...whole, RECALL, text],
        ]);
      } else if (data === undefined) {
        // The turn was over before the deletion, and went with the rest.
        expect(status).toBe(204);
      } else {
        // The deletion came first: the turn is in a new session, and knows of nothing.
        expect([status, text]).toEqual([204, 'I remember nothing.']);
        expect([session.messageCount, data.map(({ content }) => content)]).toEqual([2, [RECALL, text]]);
      }
    }
    expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
  });
});
