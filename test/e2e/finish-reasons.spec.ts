import { TurnWorld } from '../support/turn-world.js';
import { upstream } from '../support/upstream/behaviours.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { startReplayServer, type ReplayServer } from '../support/upstream/replay-server.js';

const chunk = (delta: unknown, finish: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});

describe('an answer that was cut', () => {
  let world: TurnWorld;
  let model: ReplayServer;
  beforeAll(async () => {
    world = await TurnWorld.start();
    model = await startReplayServer();
    const changes = { provider: 'openai', upstream: { baseUrl: model.url, model: 'm' } };
    await world.putChatflow('model', changes);
    await world.putChatflow('lenient', { ...changes, chargeOn: { length: false, 'content-filter': null } });
  });
  afterAll(async () => {
    await world.close();
    await model.close();
  });

  it.each([
    ['model', 'length', 'length', 1],
    ['lenient', 'length', 'length', 0],
    ['lenient', 'content_filter', 'content-filter', 1],
    ['lenient', 'stop', 'stop', 1],
  ])('by %s’s %s is stored as %s and costs %i', async (chatflowId, word, finishReason, charged) => {
    model.respondWith(upstream.events(chunk({ content: 'half' }), chunk({}, word), '[DONE]'));
    const seen = await world.askWhole({ chatflowId });
    expect(seen.metadata).toMatchObject({ charged, finishReason, repairedEvents: 0, droppedEvents: 0 });
    const { token } = world.user;
    const turn = await world.server.read(`/turns/${seen.turnId}`, token);
    expect(turn).toMatchObject({ status: 'completed', finishReason, charge: { captured: charged } });
    expect(turn).toMatchObject({ streaming: { repairedEvents: 0, droppedEvents: 0 } });
    const { data } = await world.server.read(`/sessions/${seen.sessionId}/messages`, token);
    const [question, answer] = data as Record<string, unknown>[];
    expect(question).not.toHaveProperty('finishReason');
    expect(answer).toMatchObject({ content: 'half', finishReason });
    const { rows } = await world.stored(seen.turnId);
    expect(rows).toEqual(['hold', charged === 0 ? 'release' : 'capture']);
  });

  it('keeps the rules of its chatflow, which are checked', async () => {
    const { token } = await world.server.admin();
    expect((await world.server.read('/chatflows/lenient', token)).chargeOn).toEqual({ length: false });
    const wrong = world.putChatflow('wrong', { chargeOn: { stop: false } });
    await expect(wrong).rejects.toThrow('chargeOn');
  });

  it('is asked again where nothing was said: an error as the first event of an accepted answer', async () => {
    model.respondWith(
      upstream.events({ object: 'error', message: 'secret' }),
      upstream.events(chunk({ content: 'whole' }), chunk({}, 'stop'), '[DONE]'),
    );
    const asked = model.requests.length;
    const seen = await world.askWhole({ chatflowId: 'model' });
    expect(seen).toMatchObject({ text: 'whole', metadata: { charged: 1, finishReason: 'stop' } });
    expect(model.requests.length - asked).toBe(2);
  });

  it('tells what had to be repaired and dropped of a flow’s stream', async () => {
    world.upstream.respondWith(flowise.garbage());
    const { metadata, turnId } = await world.askWhole();
    const counts = { repairedEvents: expect.any(Number), droppedEvents: expect.any(Number) };
    expect(metadata).toMatchObject(counts);
    const { repairedEvents, droppedEvents } = metadata as unknown as Record<string, number>;
    expect([repairedEvents, droppedEvents]).not.toContain(0);
    const turn = await world.server.read(`/turns/${turnId}`, world.user.token);
    expect(turn.streaming).toMatchObject({ repairedEvents, droppedEvents });
  });

  it('is none when a flow has stored it as JSON without text', async () => {
    const stored = JSON.stringify({ text: '', sourceDocuments: [{ pageContent: 'a' }] });
    world.upstream.respondWith(upstream.json({ text: stored, chatId: 'c' }));
    const seen = await world.askWhole();
    expect(seen).toMatchObject({ text: '', error: { code: 'upstream_failed' } });
    expect(await world.stored(seen.turnId)).toMatchObject({ captured: 0, messages: [] });
  });

  it('fails, unpaid, by what is not understood', async () => {
    model.respondWith(upstream.events(chunk({ content: 'half' }), { detail: 'secret' }));
    const seen = await world.askWhole({ chatflowId: 'model' });
    expect(seen).toMatchObject({ text: 'half', error: { code: 'upstream_failed' }, ended: true });
    expect(await world.stored(seen.turnId)).toMatchObject({ status: 'failed', captured: 0, messages: [] });
    const turn = await world.server.read(`/turns/${seen.turnId}`, world.user.token);
    expect(turn).toHaveProperty('finishReason', 'error');
  });
});
