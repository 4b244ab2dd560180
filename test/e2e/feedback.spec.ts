import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';

describe('feedback', () => {
  let server: TestServer;
  let user: TestUser;
  let messageId: string;
  let questionId: string;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    user = await server.registerUser();
    const question = { chatflow_id: 'assistant', question: 'help', sessionId: 'main' };
    const { body } = await server.request
      .post('/predict')
      .auth(user.token, { type: 'bearer' })
      .send(question)
      .expect(200);
    messageId = String(body.messageId);
    questionId = String((await messages())[0]?.id);
  });

  const path = (id = messageId, session = 'main') => `/sessions/${session}/messages/${id}/feedback`;
  const put = (body: object, at = path(), who = user) =>
    server.request.put(at).auth(who.token, { type: 'bearer' }).send(body);
  const messages = async () =>
    (await server.read('/sessions/main/messages', user.token)).data as { id: string; feedback?: object }[];
  const summary = async (query: object = {}) => {
    const { token } = await server.admin();
    return server.request.get('/feedback/summary').query(query).auth(token, { type: 'bearer' });
  };

  it('stands with its answer, is replaced and taken back', async () => {
    const given = { rating: 'down', comment: 'Too long', tags: ['length'] };
    const { body } = await put(given).expect(200);
    expect(body).toEqual({ ...given, updatedAt: expect.any(String) });
    expect((await messages()).map(({ feedback }) => feedback)).toEqual([undefined, body]);
    const again = await put({ rating: 'up' }).expect(200);
    expect((await messages())[1]?.feedback).toEqual({ rating: 'up', updatedAt: again.body.updatedAt });
    for (let time = 0; time < 2; time++)
      await server.request.delete(path()).auth(user.token, { type: 'bearer' }).expect(204);
    expect((await messages())[1]).not.toHaveProperty('feedback');
    expect((await server.request.get('/metrics')).text).toMatch(
      /^tollgate_feedback_total\{rating="up"\} [1-9]/m,
    );
  });

  it('is given by the owner of the answer, and nobody else', async () => {
    const other = await server.registerUser();
    const { token } = await server.admin();
    for (const who of [other, { ...other, token }]) {
      expect((await put({ rating: 'up' }, path(), who)).body).toMatchObject({
        status: 404,
        code: 'not_found',
      });
      await server.request.delete(path()).auth(who.token, { type: 'bearer' }).expect(404);
    }
    for (const at of [path(questionId), path('absent'), path(messageId, 'other')])
      await put({ rating: 'up' }, at).expect(404);
    await server.request.put(path()).send({ rating: 'up' }).expect(401);
    expect((await messages())[1]).not.toHaveProperty('feedback');
  });

  it.each([
    [{}, 'rating'],
    [{ rating: 'sideways' }, 'rating'],
    [{ rating: 'up', comment: 'x'.repeat(2001) }, 'comment'],
    [{ rating: 'up', tags: Array(11).fill('x') }, 'tags'],
    [{ rating: 'up', tags: ['x'.repeat(41)] }, 'tags'],
    [{ rating: 'up', tags: [''] }, 'tags'],
    [{ rating: 'up', userId: 'x' }, 'userId'],
  ])('refuses %j by %s', async (body, field) => {
    const answer = await put(body).expect(400);
    expect(answer.body.errors).toContainEqual(expect.objectContaining({ field }));
  });

  it('is counted for admins by day and chatflow, without a word of it, by an index', async () => {
    const before = (await summary()).body.data as { up: number; down: number }[];
    await put({ rating: 'down', comment: 'quollbutter' }).expect(200);
    const { body, text } = await summary();
    const today = new Date().toISOString().slice(0, 10);
    const [count] = body.data as { day: string; down: number }[];
    expect(count).toMatchObject({ chatflowId: 'assistant', down: (before[0]?.down ?? 0) + 1 });
    expect([today, new Date().toISOString().slice(0, 10)]).toContain(count?.day);
    expect(text).not.toContain('quollbutter');
    expect((await summary({ chatflowId: 'other' })).body).toEqual({ data: [] });
    expect((await summary({ from: '2020-01-01', to: '2020-02-01' })).body).toEqual({ data: [] });
    const connection = server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    const plan = await connection
      .collection('chat_messages')
      .find({ 'feedback.day': { $gte: today, $lte: today } })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('"indexName":"feedback_by_day"');
    await server.request.get('/feedback/summary').auth(user.token, { type: 'bearer' }).expect(403);
  });

  it.each([
    [{ from: '2026-13-01' }, 'from'],
    [{ from: '2026-02-30' }, 'from'],
    [{ from: '2026-02-01', to: '2026-01-01' }, 'from'],
    [{ from: '2020-01-01', to: '2026-01-01' }, 'from'],
    [{ to: 'today' }, 'to'],
  ])('refuses the days %j by %s', async (query, field) => {
    const { status, body } = await summary(query);
    expect([status, body.errors[0].field]).toEqual([400, field]);
  });

  it('goes with its session', async () => {
    await put({ rating: 'up', comment: 'numbatpfad' }).expect(200);
    await server.request.delete('/sessions/main').auth(user.token, { type: 'bearer' }).expect(204);
    const connection = server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    const left = await connection.collection('chat_messages').find({ userId: user.userId }).toArray();
    expect(left).toEqual([]);
  });
});
