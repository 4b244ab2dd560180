import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiClient, type ApiAnswer, type SignedUp } from '../support/auth/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { openEventStream } from '../support/event-stream.js';
import { OtlpReceiver } from '../support/tracing/otlp-receiver.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';
import { startInstanceProcesses, type InstanceProcesses } from './support/instance-processes.js';
import { RedisServer } from './support/redis-server.js';
import { WatchedStream } from './support/watched-stream.js';

/** Words that nobody else says, one of each thing that is said. */
const WORDS = {
  question: 'quibbleflorp',
  answer: 'answerzwick',
  failed: 'brokenmuddle',
  partial: 'halfwhistle',
  followed: 'followtrinket',
  running: 'runninggrumble',
  said: 'saidsnark',
  title: 'titlefuddle',
  fileName: 'namewobble',
  file: 'filebumble',
} as const;
const ALL = Object.values(WORDS);

describe.each(['with the bus', 'without a bus'] as const)(
  'a user who is erased on one instance while another has their conversation, %s',
  (where) => {
    let redis: RedisServer | undefined;
    let receiver: OtlpReceiver;
    let world: InstanceProcesses;
    let here: ServerProcess;
    let there: ServerProcess;

    beforeAll(async () => {
      redis = where === 'with the bus' ? await RedisServer.start() : undefined;
      receiver = await OtlpReceiver.start();
      world = await startInstanceProcesses(2, {
        ...(redis && { REDIS_URL: redis.url }),
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '10',
        LOG_LEVEL: 'debug',
      });
      [here, there] = world.servers as [ServerProcess, ServerProcess];
      if (redis !== undefined) await world.whenBusIs('up');
      await world.putChatflow('flow');
    });
    afterAll(async () => {
      await world.close();
      await receiver.close();
      await redis?.close();
    });

    const at = (server: ServerProcess, { accessToken }: SignedUp): ApiClient =>
      new ApiClient(server.url).bearer(accessToken);
    const ask = (server: ServerProcess, { accessToken }: SignedUp, sessionId: string, question: string) =>
      WatchedStream.of(
        openEventStream(`${server.url}/predict/stream/store`, {
          token: accessToken,
          body: { chatflow_id: 'flow', sessionId, question },
        }),
      );
    const whole = async (stream: Promise<WatchedStream>): Promise<string> => {
      const { turnId, over } = await stream;
      await over;
      return turnId;
    };
    async function done(answer: Promise<ApiAnswer>): Promise<Record<string, unknown>> {
      const { status, body } = await answer;
      if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
      return body as Record<string, unknown>;
    }

    /** All of it at the other instance. @returns its turns, and one that still runs */
    async function saySomething(user: SignedUp): Promise<{ turnIds: string[]; running: WatchedStream }> {
      const api = at(there, user);
      const uploaded = await fetch(`${there.url}/attachments?name=${WORDS.fileName}.txt`, {
        method: 'POST',
        headers: { authorization: `Bearer ${user.accessToken}`, 'content-type': 'text/plain' },
        body: `${WORDS.file} `.repeat(20_000),
      });
      expect(uploaded.status).toBe(201);
      const file = (await uploaded.json()) as { readonly id: string };
      world.upstream.runAs({ kind: 'chain', answer: () => [`${WORDS.answer} `, 'indeed.'] });
      const asked = await done(
        api.post('/predict', {
          chatflow_id: 'flow',
          sessionId: 'main',
          question: `${WORDS.question} is what I mean`,
          uploads: [{ attachmentId: file.id }],
        }),
      );
      await done(api.patch('/sessions/main', { topic: WORDS.title }));
      world.upstream.runAs({
        kind: 'chain',
        answer: () => [`${WORDS.partial} `],
        failure: { kind: 'error', message: 'broken', afterTokens: 1 },
      });
      // Of this session nothing else is there.
      const failed = await whole(ask(there, user, 'failed', `${WORDS.failed} this will`));

      const gate = new Gate();
      world.upstream.runAs({
        kind: 'agentflow2',
        gate: () => gate,
        answer: () => [`${WORDS.followed} `, 'too'],
      });
      const followed = await ask(here, user, 'followed', 'Hi');
      gate.release();
      const follower = await WatchedStream.of(
        openEventStream(`${there.url}/turns/${followed.turnId}/stream`, { token: user.accessToken }),
      );
      await until(() => follower.words > 0);
      gate.open();
      await Promise.all([followed.over, follower.over]);

      const next = new Gate();
      world.upstream.runAs({
        kind: 'agentflow2',
        gate: () => next,
        answer: () => [`${WORDS.said} `, 'never'],
      });
      const running = await ask(there, user, 'running', `${WORDS.running} on`);
      next.release();
      await until(() => running.words > 0);
      // Whatever is remembered of it is.
      for (const word of [WORDS.question, WORDS.title])
        await until(async () => ((await done(api.get(`/search?q=${word}`))).data as unknown[]).length > 0);
      expect(JSON.stringify(await done(api.get('/sessions/main/messages')))).toContain(WORDS.answer);
      const turnIds = [String(asked.turnId), failed, followed.turnId, running.turnId];
      const stream = await openEventStream(`${there.url}/turns/${turnIds[0]}/stream`, {
        token: user.accessToken,
      });
      expect(await stream.text()).toContain(WORDS.answer);
      return { turnIds, running };
    }

    /** Which of these are anywhere in the files of the instances and of their database. */
    async function stored(words: readonly string[]): Promise<string[]> {
      const entries = await readdir(world.folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      const contents = await Promise.all(
        files.map(({ parentPath, name }) => readFile(join(parentPath, name)).catch(() => Buffer.alloc(0))),
      );
      return words.filter((word) => contents.some((bytes) => bytes.includes(word)));
    }

    it('is nobody there either, and their words are nowhere', async () => {
      const user = await world.newUser();
      const email = String((await done(user.api.get('/auth/me'))).email);
      const { turnIds, running } = await saySomething(user);
      // What a running turn says is saved once a second.
      await until(async () => (await stored([WORDS.said])).length > 0);
      expect(await stored([...ALL, email])).toEqual([...ALL, email]);
      expect(JSON.stringify(world.upstream.remembered('flow'))).toContain(WORDS.question);

      const boss = world.admin;
      await done(boss.delete(`/users/${user.userId}`));
      await running.over;
      expect(running).toMatchObject({ errors: ['access_revoked'], behindError: [], hasEnded: true });
      await until(async () => (await done(boss.get(`/users/${user.userId}/erasure`))).state !== 'erasing');

      // By name, with the credentials of then: without a bus within the staleness of what is remembered of users.
      for (const server of [here, there])
        await until(async () => (await at(server, user).get('/auth/me')).status === 401);
      for (const id of turnIds) expect((await at(there, user).get(`/turns/${id}/stream`)).status).toBe(401);
      expect(await stored([...ALL, email])).toEqual([]);
      await until(() =>
        ALL.every((word) => !JSON.stringify(world.upstream.remembered('flow')).includes(word)),
      );
      for (const word of [...ALL, email]) {
        expect(world.log()).not.toContain(word);
        expect([word, receiver.bytes.includes(word)]).toEqual([word, false]);
      }
      expect(receiver.spans.filter(({ name }) => name === 'turn').length).toBeGreaterThanOrEqual(
        turnIds.length,
      );

      const again = await new ApiClient(there.url).signUp(email);
      for (const server of [there, here]) {
        const api = at(server, again);
        const asked = [
          ...turnIds.flatMap((id) => [`/turns/${id}`, `/turns/${id}/stream`]),
          ...['main', 'failed', 'followed', 'running'].flatMap((id) => [
            `/sessions/${id}`,
            `/sessions/${id}/messages`,
          ]),
        ];
        for (const path of asked) expect([path, (await api.get(path)).status]).toEqual([path, 404]);
        for (const word of ALL) expect((await done(api.get(`/search?q=${word}`))).data).toEqual([]);
        expect((await done(api.get('/sessions'))).data).toEqual([]);
      }
      expect(await done(boss.get('/accounting/reconciliation'))).toMatchObject({ drift: 0, openHolds: 0 });
    });
  },
);
