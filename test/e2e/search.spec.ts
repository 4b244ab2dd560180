import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { SearchCatchUp } from '../../src/chat/search/search-catch-up.service.js';
import { SearchTitles } from '../../src/chat/search/search-titles.service.js';
import type { TestUser } from '../support/test-server.js';
import { TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';

interface Found {
  readonly session: { readonly id: string; readonly topic: string };
  readonly topicHighlights: readonly { start: number; length: number }[];
  readonly matches: readonly {
    readonly messageId: string;
    readonly turnId: string;
    readonly role: string;
    readonly excerpt: string;
    readonly highlights: readonly { start: number; length: number }[];
  }[];
}

describe('search', () => {
  let dataDir: string;
  let world: TurnWorld;
  let user: TestUser;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-search-'));
    world = await TurnWorld.start({ DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain', answer: () => ['The answer is ', 'forty-two.'] });
  });

  const page = async (query: Readonly<Record<string, string>>, who = user) => {
    const text = new URLSearchParams(query).toString();
    return (await world.server.read(`/search?${text}`, who.token)) as {
      data: Found[];
      has_more: boolean;
      next_cursor: string | null;
    };
  };
  const search = async (q: string, who = user): Promise<Found[]> => (await page({ q }, who)).data;
  const untilFound = (q: string, count: number, who = user): Promise<void> =>
    until(async () => (await search(q, who)).flatMap(({ matches }) => matches).length === count);
  const entries = () =>
    world.server.tollgate.app
      .get<Connection>(getConnectionToken(), { strict: false })
      .collection<{ _id: string }>('search_entries');
  const catchUp = (): Promise<void> => world.server.get(SearchCatchUp).run();

  it('finds questions and answers of one’s own, and shows where', async () => {
    const { turnId } = await world.askWhole({ user, sessionId: 'main', question: 'Wo kaufe ich Müsli?' });
    await untilFound('musli', 1);
    const [found] = await search('MUSL');
    expect(found).toMatchObject({ session: { id: 'main', topic: 'Wo kaufe ich Müsli?' } });
    const [match] = found?.matches ?? [];
    expect(match).toMatchObject({ role: 'user', turnId, excerpt: 'Wo kaufe ich Müsli?' });
    expect(match?.highlights.map(({ start, length }) => match.excerpt.slice(start, start + length))).toEqual([
      'Müsli',
    ]);
    expect(found?.topicHighlights).toEqual(match?.highlights);
    // Both together have all words.
    const [both] = await search('forty musli answ');
    expect(both?.matches.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(await search('musli absent')).toEqual([]);
    const other = await world.server.registerUser();
    await world.askWhole({ user: other, sessionId: 'main', question: 'Auch Müsli' });
    await untilFound('musli', 1, other);
    expect((await search('musli', other))[0]?.matches[0]?.excerpt).toBe('Auch Müsli');
    expect(await search('auch')).toEqual([]);
  });

  it('goes through all of it page by page, newest first, each once', async () => {
    for (let n = 0; n < 7; n++)
      await world.askWhole({ user, sessionId: `s${n % 3}`, question: `about pears ${n}, odd${n % 2}` });
    await untilFound('pears', 7);
    for (const [q, expected] of [
      ['pears', [6, 5, 4, 3, 2, 1, 0]],
      ['odd1 pears', [5, 3, 1]],
    ] as const) {
      const seen: string[] = [];
      for (let after: string | null = ''; after !== null;) {
        const { data, has_more, next_cursor } = await page({
          q,
          limit: '2',
          ...(after === '' ? {} : { after }),
        });
        expect(has_more).toBe(next_cursor !== null);
        const matches = data.flatMap((one) => one.matches);
        expect(matches.length).toBeLessThanOrEqual(2);
        seen.push(...matches.map(({ excerpt }) => excerpt).sort((a, b) => (a < b ? 1 : -1)));
        after = next_cursor;
      }
      expect(seen).toEqual(expected.map((n) => `about pears ${n}, odd${n % 2}`));
    }
  });

  it('finds titles, and not those of before', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'Hi there' });
    const rename = (topic: string) =>
      world.server.request
        .patch('/sessions/main')
        .auth(user.token, { type: 'bearer' })
        .send({ topic })
        .expect(200);
    await rename('Holidays in Iceland');
    expect(await search('iceland hol')).toMatchObject([
      {
        session: { id: 'main' },
        topicHighlights: [
          { start: 0, length: 8 },
          { start: 12, length: 7 },
        ],
        matches: [],
      },
    ]);
    await rename('Something else');
    expect(await search('iceland')).toEqual([]);
    expect(await search('else')).toHaveLength(1);
  });

  it('finds nothing of what was deleted, and keeps nothing of it', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'a secret word: quollbutter' });
    await world.askWhole({ user, sessionId: 'other', question: 'something harmless' });
    await untilFound('quollbutter', 1);
    await world.server.request
      .patch('/sessions/main')
      .auth(user.token, { type: 'bearer' })
      .send({ topic: 'quollbutter' })
      .expect(200);
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    expect(await search('quollbutter')).toEqual([]);
    await untilFound('harmless', 1);
    const left = await entries().find({ userId: user.userId }).toArray();
    expect(left).toHaveLength(1);
    expect(JSON.stringify(left)).not.toContain('quoll');
  });

  it('finds the messages of all branches', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'Which one?' });
    await untilFound('forty', 1);
    world.upstream.runAs({ kind: 'chain', answer: () => ['Another'] });
    const message = { role: 'user', parts: [{ type: 'text', text: 'Which one?' }] };
    const body = { id: 'main', message, trigger: 'regenerate-message', chatflowId: 'flow' };
    await (await world.server.stream('/api/chat', { token: user.token, body })).text();
    await untilFound('another', 1);
    expect((await search('forty'))[0]?.matches).toHaveLength(1);
  });

  it('is caught up with after a crash, and for what was said before there was an index', async () => {
    for (let n = 0; n < 3; n++) await world.askWhole({ user, sessionId: `s${n}`, question: `crash ${n}` });
    await untilFound('crash', 3);
    await world.server.request
      .patch('/sessions/s1')
      .auth(user.token, { type: 'bearer' })
      .send({ topic: 'Renamed' })
      .expect(200);
    await entries().deleteMany({});
    expect(await search('crash')).toEqual([]);
    // A process that starts finds it by itself.
    await world.restart();
    await untilFound('crash', 3);
    await catchUp();
    expect(await search('renamed')).toHaveLength(1);
    const before = await entries().find({}).sort({ _id: 1 }).toArray();
    await catchUp();
    expect(await entries().find({}).sort({ _id: 1 }).toArray()).toEqual(before);
  });

  it('is made anew when texts have other terms than before', async () => {
    await world.askWhole({ user, sessionId: 's', question: 'anew, please' });
    await untilFound('anew', 1);
    const rename = { topic: 'Quite another title' };
    await world.server.request
      .patch('/sessions/s')
      .auth(user.token, { type: 'bearer' })
      .send(rename)
      .expect(200);
    const ofUser = { userId: user.userId };
    await entries().updateMany(ofUser, { $set: { terms: ['of before'] } });
    await catchUp();
    expect(await search('anew')).toEqual([]);
    await world.server.tollgate.app
      .get<Connection>(getConnectionToken(), { strict: false })
      .collection('search_state')
      .updateOne({}, { $set: { terms: 1 } });
    await catchUp();
    expect((await search('anew'))[0]?.matches).toHaveLength(1);
    expect((await search('another'))[0]?.topicHighlights).toHaveLength(1);
    expect(await entries().find(ofUser).toArray()).toHaveLength(2);
  });

  it.each([
    [{}, 'q'],
    [{ q: '' }, 'q'],
    [{ q: ' …' }, 'q'],
    [{ q: 'x'.repeat(201) }, 'q'],
    [{ q: 'x', limit: '51' }, 'limit'],
    [{ q: 'x', after: 'nonsense' }, 'after'],
    [{ q: 'x', after: Buffer.from('[1,"x"]').toString('base64url') }, 'after'],
  ])('refuses %j by %s', async (query, field) => {
    const { body } = await world.server.request
      .get('/search')
      .query(query)
      .auth(user.token, { type: 'bearer' })
      .expect(400);
    expect(body.code).toBe('validation_failed');
    expect([...new Set((body.errors as { field: string }[]).map((one) => one.field))]).toEqual([field]);
  });

  it('needs credentials', async () => {
    await world.server.request.get('/search?q=x').expect(401);
  });

  it('keeps nothing of a title whose session was deleted before it was indexed', async () => {
    const titles = world.server.get(SearchTitles);
    const [userId, topic] = [user.userId, 'Ein Gewitter'];
    await world.askWhole({ user, sessionId: 'there', question: 'Was kommt?' });
    await titles.put({ userId, id: 'there', topic });
    await titles.put({ userId, id: 'deleted', topic });
    const left = await entries().find({ userId, kind: 'title' }).toArray();
    expect(left).toMatchObject([{ sessionId: 'there' }]);
  });
});
