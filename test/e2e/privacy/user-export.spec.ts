import type { AuditEntry } from '../../../src/audit/audit-entry.js';
import { AuditEntryStore } from '../../../src/audit/audit-entry.store.port.js';
import { errors } from '../../../src/platform/errors/errors.js';
import type { DataLine } from '../../../src/privacy/export/conversation-data.service.js';
import { OwnData } from '../../../src/privacy/export/own-data.service.js';
import { leaveAtFirstByte } from '../../support/leave-at-first-byte.js';
import { readDataLines } from '../../support/read-data-lines.js';
import type { TestUser } from '../../support/test-server.js';
import { TurnWorld } from '../../support/turn-world.js';
import { until } from '../../support/until.js';

const REASON = 'Request for access, ticket 4711';
const WORD = 'asked-by-somebody-else';

describe('what is stored of a user, for an admin', () => {
  let world: TurnWorld;
  let admin: TestUser;
  let user: TestUser;
  beforeAll(async () => {
    world = await TurnWorld.start();
    admin = await world.server.admin();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain', answer: () => ['Well.'] });
    await world.askWhole({ user, sessionId: 'main', question: WORD });
  });

  const bearer = { type: 'bearer' } as const;
  const post = (token: string, body: object, userId = user.userId) =>
    world.server.request.post(`/users/${userId}/export`).auth(token, bearer).send(body);
  const entries = async () =>
    (await world.server.read(`/audit?action=user.export&targetId=${user.userId}`, admin.token))
      .data as AuditEntry[];
  const disable = () =>
    world.server.request
      .patch(`/users/${user.userId}`)
      .auth(admin.token, bearer)
      .send({ disabled: true })
      .expect(200);

  it('is what the user would get, also when they cannot sign in any more', async () => {
    const own = await readDataLines(
      world.server.request.get('/users/me/export').auth(user.token, bearer).send(),
    );
    await disable();
    await world.server.request.get('/users/me/export').auth(user.token, bearer).expect(403);
    const [profile, signIn, ...rest] = await readDataLines(post(admin.token, { reason: REASON }));
    const [ownProfile, ownSignIn, ...ownRest] = own;
    expect(profile).toEqual({ ...ownProfile, disabledAt: expect.any(String) });
    // Of whoever reads it there is none.
    expect(signIn).toEqual({ ...ownSignIn, current: false });
    expect(rest).toEqual(ownRest);
    expect(rest).toContainEqual(expect.objectContaining({ type: 'message', content: WORD }));
  });

  it('is read with a reason, which is in the audit log first', async () => {
    await readDataLines(post(admin.token, { reason: REASON }));
    const told = { actorId: admin.userId, targetKind: 'user', details: { reason: REASON } };
    const [done, asked] = await entries();
    expect(asked).toMatchObject({ ...told, phase: 'asked' });
    expect(done).toMatchObject({ ...told, phase: 'done', answers: asked?.id });
    for (const reason of [undefined, '', '  ', 'x'.repeat(201), ['a', 'b'], 4711]) {
      const { status, text } = await post(admin.token, { reason });
      expect([reason, status]).toEqual([reason, 400]);
      expect(text).not.toContain(WORD);
      expect((await entries())[0]).toMatchObject({ phase: 'refused', code: 'validation_failed' });
    }
  });

  it('is told apart in the audit log when not all of it went out', async () => {
    const data = world.server.get(OwnData);
    const whole = data.linesOfUser.bind(data);
    async function* endless(): AsyncGenerator<DataLine> {
      for (;;)
        yield await Promise.resolve({ type: 'task', title: 'x'.repeat(100_000) } as unknown as DataLine);
    }
    data.linesOfUser = () => Promise.resolve(endless());
    try {
      await leaveAtFirstByte(`${world.server.url}/users/${user.userId}/export`, admin.token, {
        method: 'POST',
        body: JSON.stringify({ reason: REASON }),
      });
      await until(async () => (await entries()).length === 2);
    } finally {
      data.linesOfUser = whole;
    }
    expect((await entries())[0]).toMatchObject({
      phase: 'done',
      details: { reason: REASON, cutOff: true },
    });
  });

  it('is not read where that cannot be written', async () => {
    const before = (await entries()).length;
    const log = world.server.get(AuditEntryStore);
    const insert = log.insert.bind(log);
    log.insert = () => Promise.reject(errors.storageUnavailable(new Error('full')));
    const { status, text } = await post(admin.token, { reason: REASON });
    log.insert = insert;
    expect([status, text.includes(WORD)]).toEqual([503, false]);
    expect(await entries()).toHaveLength(before);
  });

  it('is for admins, and for keys that are', async () => {
    const other = await world.server.registerUser();
    await post(other.token, { reason: REASON }).expect(403);
    await post(user.token, { reason: REASON }).expect(403);
    expect(await entries()).toEqual([]);
    const keyWith = async (scope: string) => {
      const made = world.server.request.post('/auth/api-keys').auth(admin.token, bearer);
      return String((await made.send({ name: scope, scopes: [scope] }).expect(201)).body.key);
    };
    const byKey = async (scope: string) =>
      world.server.request
        .post(`/users/${user.userId}/export`)
        .set('x-api-key', await keyWith(scope))
        .send({ reason: REASON });
    expect((await byKey('read')).body.code).toBe('insufficient_scope');
    expect((await byKey('admin')).status).toBe(200);
    expect((await entries())[0]).toMatchObject({ phase: 'done', apiKeyId: expect.any(String) });
  });

  it('is nothing of nobody', async () => {
    const { body } = await post(admin.token, { reason: REASON }, 'nobody').expect(404);
    expect(body.code).toBe('not_found');
    expect((await post(admin.token, { reason: REASON }, 'me')).status).toBe(404);
  });
});
