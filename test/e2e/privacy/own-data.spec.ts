import { randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { ConversationData, type DataLine } from '../../../src/privacy/export/conversation-data.service.js';
import { CHUNK_BYTES } from '../../../src/chat/records/attachment.store.port.js';
import { readDataLines } from '../../support/read-data-lines.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { until } from '../../support/until.js';

/** Together more than sockets hold. */
const FILES = 4;
const FILE_BYTES = 6_000_000;

describe('everything that is stored of a user', () => {
  let world: TurnWorld;
  let user: TestUser;
  beforeAll(async () => {
    world = await TurnWorld.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain', answer: () => ['Well.'] });
  });

  const bearer = { type: 'bearer' } as const;
  const download = async (headers: Readonly<Record<string, string>>): Promise<DataLine[]> => {
    const lines = await readDataLines(world.server.request.get('/users/me/export').set(headers));
    expect(lines.at(-1)).toEqual({ type: 'end', lines: lines.length - 1 });
    return lines;
  };
  const authorized = () => ({ authorization: `Bearer ${user.token}` });
  const upload = async (bytes: Buffer, name: string, type = 'text/plain') =>
    (
      await world.server.request
        .post('/attachments')
        .query({ name })
        .auth(user.token, bearer)
        .set('content-type', type)
        .send(bytes)
        .expect(201)
    ).body.id as string;

  it('comes as lines: profile, keys, books, sessions with all branches, failed turns, files', async () => {
    const bytes = Buffer.from(randomBytes(300_000).toString('hex'));
    const [taken, loose] = [
      await upload(bytes, 'taken.bin'),
      await upload(Buffer.from('loose'), 'loose.txt'),
    ];
    const { body: asked } = await world.server.request
      .post('/predict')
      .auth(user.token, bearer)
      .send({ chatflow_id: 'flow', sessionId: 'main', question: 'One?', uploads: [{ attachmentId: taken }] })
      .expect(200);
    await world.server.request
      .put(`/sessions/main/messages/${asked.messageId as string}/feedback`)
      .auth(user.token, bearer)
      .send({ rating: 'up', comment: 'Fine.' })
      .expect(200);
    await world.server.request
      .post('/predict')
      .auth(user.token, bearer)
      .send({ chatflow_id: 'flow', sessionId: 'main', question: 'Two?' })
      .expect(200);
    const instead = {
      chatflow_id: 'flow',
      sessionId: 'main',
      question: 'Instead?',
      parentId: asked.messageId,
    };
    await world.server.request.post('/predict').auth(user.token, bearer).send(instead).expect(200);
    world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 0 } });
    await world.askWhole({ user, sessionId: 'main', question: 'Broken?' });
    const { body: key } = await world.server.request
      .post('/auth/api-keys')
      .auth(user.token, bearer)
      .send({ name: 'program', scopes: ['read'] })
      .expect(201);
    await world.server.request
      .post('/predict')
      .auth(user.token, bearer)
      .send({ chatflow_id: 'assistant', sessionId: 'list', question: 'add milk' })
      .expect(200);

    const lines = await download(authorized());
    const of = (type: string) => lines.filter((line) => line.type === type);
    expect(of('profile')).toEqual([expect.objectContaining({ id: user.userId, email: user.email })]);
    expect(of('sign-in')).toHaveLength(1);
    expect(of('api-key')).toEqual([expect.objectContaining({ id: key.id, name: 'program' })]);
    expect(of('balance')).toEqual([{ type: 'balance', available: expect.any(Number), held: 0 }]);
    expect(new Set(of('transaction').map(({ kind }) => kind))).toEqual(
      new Set(['grant', 'hold', 'capture', 'release']),
    );
    expect(of('task')).toEqual([{ type: 'task', number: 1, title: 'milk', done: false }]);
    expect(of('session').map(({ id }) => id)).toEqual(['list', 'main']);
    const messages = of('message').filter(({ sessionId }) => sessionId === 'main');
    expect(messages.map(({ role, content }) => `${String(role)} ${String(content)}`)).toEqual([
      'user One?',
      'assistant Well.',
      'user Two?',
      'assistant Well.',
      'user Instead?',
      'assistant Well.',
    ]);
    expect(messages[1]).toMatchObject({ feedback: { rating: 'up', comment: 'Fine.' } });
    expect([messages[2], messages[4]].map((question) => question?.parentId)).toEqual([
      asked.messageId,
      asked.messageId,
    ]);
    expect(of('turn')).toEqual([
      expect.objectContaining({ sessionId: 'main', status: 'failed', question: 'Broken?' }),
    ]);
    expect(of('attachment').map(({ id, bytes: size }) => [id, size])).toEqual([
      [taken, bytes.length],
      [loose, 5],
    ]);
    const data = of('attachment-data').filter(({ id }) => id === taken);
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(Buffer.concat(data.map((line) => Buffer.from(String(line.data), 'base64'))).equals(bytes)).toBe(
      true,
    );
    const secrets = [key.key, user.token, 'passwordHash', 'keyHash', 'secretHash'] as string[];
    for (const secret of secrets) expect(JSON.stringify(lines)).not.toContain(secret);

    // A key may read, and does not tell where its owner is signed in.
    const byKey = await download({ 'x-api-key': key.key as string });
    expect(byKey.map(({ type }) => type)).not.toContain('sign-in');
    expect(byKey.filter(({ type }) => type === 'message')).toEqual(of('message'));
  });

  it('holds every failed turn of a session, however many, once', async () => {
    world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 0 } });
    for (let index = 0; index < 45; index += 1)
      await world.askWhole({ user, sessionId: 'main', question: `Broken ${index}?` });
    const turns = (await download(authorized())).filter(({ type }) => type === 'turn');
    expect(turns.map(({ question }) => question)).toEqual(
      Array.from({ length: 45 }, (_, index) => `Broken ${index}?`),
    );
  });

  it('is nobody else’s', async () => {
    await world.askWhole({ user, sessionId: 'main', question: 'Mine?' });
    user = await world.server.registerUser();
    const types = (await download(authorized())).map(({ type }) => type);
    expect(types).toEqual(['profile', 'sign-in', 'balance', 'transaction', 'end']);
    await world.server.request.get('/users/me/export').expect(401);
  });

  it('is read as fast as it is taken, one download at a time', async () => {
    const pieces = new Map<string, number>();
    const data = world.server.get(ConversationData);
    const linesOf = data.linesOf.bind(data);
    data.linesOf = async function* (userId) {
      for await (const line of linesOf(userId)) {
        pieces.set(userId, (pieces.get(userId) ?? 0) + 1);
        yield line;
      }
    };
    const files = async () => {
      for (let file = 0; file < FILES; file += 1)
        await upload(randomBytes(FILE_BYTES), `large-${file}.bin`, 'application/octet-stream');
    };
    await files();
    const slow = authorized();
    const slowId = user.userId;
    const answer = await new Promise<IncomingMessage>((resolve) =>
      request(`${world.server.url}/users/me/export`, { headers: slow }, resolve).end(),
    );
    answer.pause();
    const { body } = await world.server.request.get('/users/me/export').set(slow).expect(429);
    expect(body.code).toBe('rate_limited');
    // In the time in which somebody else gets all of as much, it stays at what sockets and pipes hold.
    user = await world.server.registerUser();
    await files();
    await download(authorized());
    const all = pieces.get(user.userId) ?? 0;
    expect(all).toBeGreaterThan((FILES * FILE_BYTES) / CHUNK_BYTES);
    expect(pieces.get(slowId)).toBeLessThan(all / 2);
    answer.destroy();
    await until(async () => {
      const { status } = await world.server.request.get('/users/me/export').set(slow);
      return status === 200;
    });
    data.linesOf = linesOf;
  });
});
