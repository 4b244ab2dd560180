import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { Retention } from '../../../src/privacy/retention/retention.service.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';

const DAY_MS = 24 * 3600_000;

describe('sessions of a chatflow that keeps them for some days', () => {
  let world: TurnWorld;
  let user: TestUser;

  beforeAll(async () => {
    world = await TurnWorld.start();
    world.upstream.runAs({ kind: 'chain', answer: () => ['Well.'] });
    await world.putChatflow('week', { retentionDays: 7 });
    await world.putChatflow('month', { retentionDays: 30 });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
  });

  const ask = (sessionId: string, ...chatflowIds: string[]) =>
    chatflowIds.reduce(
      (before, chatflowId) => before.then(() => world.askWhole({ user, sessionId, chatflowId })),
      Promise.resolve<unknown>(undefined),
    );
  /** As if its last turn had ended so long ago. */
  async function age(sessionId: string, days: number): Promise<void> {
    const connection = world.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    const { matchedCount } = await connection
      .collection('chat_sessions')
      .updateOne(
        { userId: user.userId, sessionId },
        { $set: { updatedAt: new Date(Date.now() - days * DAY_MS) } },
      );
    expect(matchedCount).toBe(1);
  }
  const left = async () => {
    await world.server.get(Retention).run();
    const { data } = await world.server.read('/sessions?limit=100', user.token);
    return (data as { id: string }[]).map(({ id }) => id).sort();
  };

  it('are erased behind that time, and not before, as by their user', async () => {
    await ask('old', 'week');
    await ask('young', 'week');
    await ask('kept', 'flow');
    await age('old', 8);
    await age('young', 6);
    await age('kept', 4000);
    expect(await left()).toEqual(['kept', 'young']);
    await world.server.request.get('/sessions/old/messages').auth(user.token, { type: 'bearer' }).expect(404);
    expect(JSON.stringify(world.upstream.remembered('week')).match(/Well/g)).toHaveLength(1);
    expect(await world.booksAtRest()).toMatchObject({ drift: 0 });
  });

  it('go by the shortest of the chatflows that were asked in them', async () => {
    await ask('first', 'week', 'flow', 'month');
    await ask('middle', 'flow', 'week', 'flow');
    await ask('last', 'flow', 'month');
    await ask('none', 'flow', 'flow');
    for (const id of ['first', 'middle', 'last', 'none']) await age(id, 8);
    expect(await left()).toEqual(['last', 'none']);
    await age('last', 31);
    expect(await left()).toEqual(['none']);
  });

  it('go by it when the chatflow is gone, and by the chatflow again when there is one of that id', async () => {
    await world.putChatflow('going', { retentionDays: 7 });
    for (const id of ['gone', 'fresh', 'back']) await ask(id, 'going');
    const { token } = await world.server.admin();
    await world.server.request.delete('/chatflows/going').auth(token, { type: 'bearer' }).expect(204);
    await age('gone', 8);
    await age('fresh', 6);
    expect(await left()).toEqual(['back', 'fresh']);
    await world.putChatflow('going', {});
    await age('back', 8);
    expect(await left()).toEqual(['back', 'fresh']);
    await world.server.request.delete('/chatflows/going').auth(token, { type: 'bearer' }).expect(204);
    expect(await left()).toEqual(['back', 'fresh']);
  });

  it('are walked through in pages, over those of all users', async () => {
    const others = await Promise.all(Array.from({ length: 3 }, () => world.server.registerUser()));
    for (const other of others) {
      user = other;
      for (let session = 0; session < 40; session += 1) await ask(`s${session}`, 'week');
      const connection = world.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
      const ended = new Date(Date.now() - 8 * DAY_MS);
      await connection
        .collection('chat_sessions')
        .updateMany({ userId: user.userId, sessionId: { $ne: 's0' } }, { $set: { updatedAt: ended } });
    }
    for (const other of others) {
      user = other;
      expect(await left()).toEqual(['s0']);
    }
  });

  it('are told how long that is, which has bounds', async () => {
    expect(await world.server.read('/chatflows/week', user.token)).toMatchObject({ retentionDays: 7 });
    expect(await world.server.read('/chatflows/flow', user.token)).not.toHaveProperty('retentionDays');
    for (const retentionDays of [0, 3651, 1.5])
      await expect(world.putChatflow('week', { retentionDays })).rejects.toThrow('400');
  });
});
