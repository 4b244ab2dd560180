import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { DatabaseLog } from '../../../src/chat/records/database-log.port.js';
import { isEmbedded } from '../../support/database-under-test.js';
import type { TestUser } from '../../support/test-server.js';
import { OtlpReceiver } from '../../support/tracing/otlp-receiver.js';
import { TurnWorld } from '../../support/turn-world.js';
import { until } from '../../support/until.js';

/** Words that nobody else says, one of each thing that is stored. */
const WORDS = {
  question: 'quibbleflorp',
  answer: 'answerzwick',
  failed: 'brokenmuddle',
  partial: 'halfwhistle',
  failedAlone: 'alonemuddle',
  title: 'titlegrumble',
  comment: 'commentsnark',
  file: 'filefuddle',
  fileName: 'namewobble',
  loose: 'loosetrinket',
  task: 'taskbumble',
} as const;
/** Of another user, who stays. */
const KEPT = 'keptnimbus';

describe('what somebody has said', () => {
  let dataDir: string;
  let world: TurnWorld;
  let receiver: OtlpReceiver;
  let log = '';
  let user: TestUser;
  let other: TestUser;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-erasure-'));
    const logDestination = { write: (line: string) => void (log += line) };
    receiver = await OtlpReceiver.start();
    const tracing = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '10' };
    world = await TurnWorld.start({ DATA_DIR: dataDir, LOG_LEVEL: 'debug', ...tracing }, { logDestination });
  });
  afterAll(async () => {
    await world.close();
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    log = '';
    [user, other] = [await world.server.registerUser(), await world.server.registerUser()];
    await saySomething(user);
    world.upstream.runAs({ kind: 'chain', answer: () => ['Well.'] });
    await world.askWhole({ user: other, sessionId: 'main', question: `${KEPT} of others` });
    await indexed(KEPT, other);
  });

  const bearer = { type: 'bearer' } as const;
  const connection = () => world.server.get<Connection>(getConnectionToken() as never);
  const indexed = (word: string, who: TestUser) =>
    until(async () => {
      const { data } = await world.server.read(`/search?q=${word}`, who.token);
      return (data as unknown[]).length > 0;
    });

  async function saySomething({ token }: TestUser): Promise<void> {
    const { request } = world.server;
    const upload = async (name: string, text: string) =>
      (
        await request
          .post('/attachments')
          .query({ name })
          .auth(token, bearer)
          .set('content-type', 'text/plain')
          .send(text.repeat(20_000))
          .expect(201)
      ).body as { id: string };
    const file = await upload(`${WORDS.fileName}.txt`, `${WORDS.file} `);
    await upload('loose.txt', `${WORDS.loose} `);
    world.upstream.runAs({ kind: 'chain', answer: () => [`${WORDS.answer} `, 'indeed.'] });
    const asked = { chatflow_id: 'flow', sessionId: 'main', question: `${WORDS.question} is what I mean` };
    const { body } = await request
      .post('/predict')
      .auth(token, bearer)
      .send({ ...asked, uploads: [{ attachmentId: file.id }] })
      .expect(200);
    const feedback = { rating: 'down', comment: `${WORDS.comment} it was` };
    await request
      .put(`/sessions/main/messages/${body.messageId as string}/feedback`)
      .auth(token, bearer)
      .send(feedback)
      .expect(200);
    await request.patch('/sessions/main').auth(token, bearer).send({ topic: WORDS.title }).expect(200);
    world.upstream.runAs({
      kind: 'chain',
      answer: () => [`${WORDS.partial} `],
      failure: { kind: 'error', message: 'broken', afterTokens: 1 },
    });
    await world.askWhole({ user, sessionId: 'main', question: `${WORDS.failed} this will` });
    world.upstream.runAs({ kind: 'chain', failure: { kind: 'error', message: 'broken', afterTokens: 0 } });
    await world.askWhole({ user, sessionId: 'alone', question: `${WORDS.failedAlone} in its session` });
    await request
      .post('/predict')
      .auth(token, bearer)
      .send({ chatflow_id: 'assistant', sessionId: 'list', question: `add ${WORDS.task}` })
      .expect(200);
    await Promise.all([WORDS.question, WORDS.title].map((word) => indexed(word, user)));
  }

  /** Which of these words are anywhere in what the database holds. */
  async function stored(words: readonly string[]): Promise<string[]> {
    const haystacks = isEmbedded ? await filesOfDatabase() : await liveCollections();
    return words.filter((word) => haystacks.some((bytes) => bytes.includes(word)));
  }

  async function filesOfDatabase(): Promise<Buffer[]> {
    const names = (await readdir(dataDir)).filter((name) => !name.endsWith('.sock'));
    return Promise.all(names.map((name) => readFile(join(dataDir, name)).catch(() => Buffer.alloc(0))));
  }

  async function liveCollections(): Promise<Buffer[]> {
    const { db } = connection();
    const collections = (await db?.collections()) ?? [];
    const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
    return documents.flat().map((document) => Buffer.from(JSON.stringify(document)));
  }

  const all = Object.values(WORDS);
  const memory = () => JSON.stringify(world.upstream.remembered('flow'));

  it('is nowhere any more when the user was deleted, and what others have said is', async () => {
    expect(await stored([...all, KEPT])).toEqual([...all, KEPT]);
    expect(memory()).toContain(WORDS.question);
    const { token } = await world.server.admin();
    const { body } = await world.server.request
      .delete(`/users/${user.userId}`)
      .auth(token, bearer)
      .expect(202);
    expect(body).toEqual({
      userId: user.userId,
      state: 'confirming',
      requestedAt: expect.any(String),
      erased: { sessions: 3, turns: 4, messages: 4, attachments: 2, apiKeys: 0, tasks: 1 },
      notReached: [],
    });
    expect(await stored([...all, KEPT, user.email, other.email])).toEqual([KEPT, other.email]);
    expect(memory()).not.toContain(WORDS.question);
    expect(memory()).toContain(KEPT);
    await until(() => receiver.spans.some(({ name }) => name === 'DELETE /users/:userId'));
    for (const word of [...all, user.email])
      expect([word, log.includes(word), receiver.bytes.includes(word)]).toEqual([word, false, false]);
  });

  it('is nowhere any more when its session was deleted', async () => {
    const elsewhere: readonly string[] = [WORDS.loose, WORDS.task, WORDS.failedAlone];
    const ofSession = all.filter((word) => !elsewhere.includes(word));
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    await world.server.get(DatabaseLog).empty();
    expect(await stored([...ofSession, KEPT])).toEqual([KEPT]);
    expect(memory()).not.toContain(WORDS.question);
  });
});
