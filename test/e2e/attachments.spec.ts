import { request as httpRequest } from 'node:http';
import { randomBytes } from 'node:crypto';
import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { AttachmentUpkeep } from '../../src/chat/attachments/attachment-upkeep.service.js';
import { SessionDeletion } from '../../src/chat/history/session-deletion.service.js';
import { CHUNK_BYTES } from '../../src/chat/records/attachment.store.port.js';
import { TurnStore } from '../../src/chat/records/turn.store.port.js';
import { Leases } from '../../src/chat/turn/own/leases.service.js';
import { newId } from '../../src/platform/ids.js';
import type { TestUser } from '../support/test-server.js';
import { TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const MAX_BYTES = 2_000_000;

describe('attachments', () => {
  let world: TurnWorld;
  let user: TestUser;

  beforeAll(async () => {
    world = await TurnWorld.start({
      MAX_ATTACHMENT_BYTES: String(MAX_BYTES),
      STORED_BYTES_PER_USER: '9000000',
    });
    await world.putChatflow('images', { uploads: { types: ['image/*'] } });
    await world.putChatflow('hidden', { access: { users: [] } });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain' });
  });

  const bearer = { type: 'bearer' } as const;
  const upload = (bytes: Buffer | string, type: string, query: object = { name: 'file' }, who = user) =>
    world.server.request
      .post('/attachments')
      .query(query)
      .auth(who.token, bearer)
      .set('content-type', type)
      .send(bytes);
  const uploaded = async (bytes: Buffer | string, type: string, name = 'file', who = user) =>
    (await upload(bytes, type, { name }, who).expect(201)).body as {
      id: string;
      name: string;
      type: string;
      bytes: number;
    };
  const get = (id: string, who = user) =>
    world.server.request
      .get(`/attachments/${id}`)
      .auth(who.token, bearer)
      .buffer(true)
      .parse((response, done) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => done(null, Buffer.concat(pieces)));
      });
  const ask = (uploads: readonly object[], changes: object = {}, who = user) =>
    world.server.request
      .post('/predict')
      .auth(who.token, bearer)
      .send({ chatflow_id: 'flow', question: 'What is it?', sessionId: 'main', uploads, ...changes });
  const messages = async (session = 'main', who = user) =>
    (await world.server.read(`/sessions/${session}/messages`, who.token)) as unknown as {
      data: {
        role: string;
        turnId: string;
        attachments?: { id: string; name: string; type: string; bytes: number }[];
      }[];
      turns: { attachments?: object[] }[];
    };
  const stored = async (who = user) => {
    const connection = world.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    const of = (name: string) =>
      connection.collection<{ _id: string }>(name).find({ userId: who.userId }).toArray();
    return { files: (await of('attachments')).length, pieces: (await of('attachment_chunks')).length };
  };
  const NOTHING = { files: 0, pieces: 0 };
  const expire = async () => {
    const connection = world.server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    await connection
      .collection('attachments')
      .updateMany(
        { userId: user.userId, expiresAt: { $exists: true } },
        { $set: { expiresAt: new Date(0) } },
      );
    await world.server.get(AttachmentUpkeep).run();
  };

  it('are sent before a question, go along with it, and are shown with its message', async () => {
    const bytes = Buffer.concat([PNG, randomBytes(CHUNK_BYTES * 2 + 17)]);
    const { id, ...shown } = await uploaded(bytes, 'image/png', 'Föto.gif');
    expect(shown).toMatchObject({ name: 'Föto.gif.png', type: 'image/png', bytes: bytes.length });
    await ask([{ attachmentId: id }]).expect(200);
    expect(world.upstream.requests.at(-1)?.body.uploads).toEqual([
      {
        type: 'file',
        name: 'Föto.gif.png',
        mime: 'image/png',
        data: `data:image/png;base64,${bytes.toString('base64')}`,
      },
    ]);
    const [question, answer] = (await messages()).data;
    expect(question?.attachments).toEqual([
      { id, name: 'Föto.gif.png', type: 'image/png', bytes: bytes.length },
    ]);
    expect(answer?.attachments).toBeUndefined();
    const { body, headers } = await get(id).expect(200);
    expect(bytes.equals(body as Buffer)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': `inline; filename="F_to.gif.png"; filename*=UTF-8''F%C3%B6to.gif.png`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
      'accept-ranges': 'bytes',
    });
    // The same file once more in the session, and in no other.
    await ask([{ attachmentId: id }], { question: 'And now?' }).expect(200);
    const { body: refused } = await ask([{ attachmentId: id }], { sessionId: 'other' }).expect(400);
    expect(refused.errors).toEqual([
      { field: 'uploads.0', message: expect.stringContaining('another session') },
    ]);
    await expire();
    expect((await get(id)).status).toBe(200);
  });

  it('that come along with a question are kept with it', async () => {
    const data = (type: string, bytes: Buffer) => `data:${type};base64,${bytes.toString('base64')}`;
    await ask([
      { data: data('image/png', PNG), name: 'a.png' },
      { data: data('text/markdown', Buffer.from('# What <b>it</b> is')), name: 'b.md' },
      { data: data('image/png', Buffer.from('no picture')), name: 'c.png' },
      { data: 'https://files.example.com/d.png' },
    ]).expect(200);
    const [question] = (await messages()).data;
    expect(question?.attachments?.map(({ name, type, bytes }) => [name, type, bytes])).toEqual([
      ['a.png', 'image/png', PNG.length],
      ['b.md', 'text/markdown', 19],
      ['c.png', 'application/octet-stream', 10],
    ]);
    const dispositions = await Promise.all(
      (question?.attachments ?? []).map(async ({ id }) => (await get(id)).headers['content-disposition']!),
    );
    expect(dispositions.map((one) => one.split(';')[0])).toEqual(['inline', 'attachment', 'attachment']);
    // What the upstream gets is what came.
    const sent = world.upstream.requests.at(-1)?.body.uploads as { mime: string }[];
    expect(sent.map(({ mime }) => mime)).toEqual(['image/png', 'text/markdown', 'image/png', 'image/png']);
  });

  it('go through the AI SDK’s format, also as history', async () => {
    const { id } = await uploaded(PNG, 'image/png', 'a.png');
    const message = (text: string) => ({
      id: text,
      role: 'user',
      parts: [
        { type: 'text', text },
        { type: 'file', mediaType: 'image/png', url: `attachment:${id}` },
      ],
    });
    const body = { id: 'sdk', chatflowId: 'flow', messages: [message('Hi')] };
    await (await world.server.stream('/api/chat', { token: user.token, body })).text();
    expect((await messages('sdk')).data[0]?.attachments).toMatchObject([{ id }]);
  });

  it('answer ranges and conditions', async () => {
    const bytes = randomBytes(CHUNK_BYTES + 1000);
    const { id } = await uploaded(bytes, 'application/zip', 'a.zip');
    const { headers } = await get(id).expect(200);
    const etag = String(headers.etag);
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      [`bytes=${CHUNK_BYTES - 3}-${CHUNK_BYTES + 2}`, CHUNK_BYTES - 3, CHUNK_BYTES + 3],
      ['bytes=-5', bytes.length - 5, bytes.length],
      [`bytes=${CHUNK_BYTES}-`, CHUNK_BYTES, bytes.length],
    ] as const) {
      const part = await get(id).set('range', range).set('if-range', etag).expect(206);
      expect(part.headers['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`);
      expect(bytes.subarray(start, end).equals(part.body as Buffer)).toBe(true);
    }
    await get(id)
      .set('range', `bytes=${bytes.length}-`)
      .expect(416)
      .expect('content-range', `bytes */${bytes.length}`);
    await get(id).set('range', 'bytes=0-1').set('if-range', '"other"').expect(200);
    await get(id).set('range', 'lines=0-1').expect(200);
    await get(id).set('if-none-match', `"x", ${etag}`).expect(304);
    const head = await world.server.request.head(`/attachments/${id}`).auth(user.token, bearer).expect(200);
    expect(head.headers['content-length']).toBe(String(bytes.length));
  });

  it.each([
    [
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
      'attachment',
    ],
    ['text/html', '<script>alert(1)</script>', 'attachment'],
    ['application/xhtml+xml', '<html xmlns="http://www.w3.org/1999/xhtml"/>', 'attachment'],
    ['text/javascript', 'alert(1)', 'attachment'],
    ['application/json', '{"a":1}', 'attachment'],
    ['text/plain', '<script>alert(1)</script>', 'inline'],
  ])('of the type %s are given as it, and never carried out', async (type, text, disposition) => {
    const { id } = await uploaded(text, type, 'x');
    const { headers, body } = await get(id).expect(200);
    expect(String(body)).toBe(text);
    expect(String(headers['content-type']).split(';')[0]).toBe(type);
    expect(String(headers['content-disposition']).split(';')[0]).toBe(disposition);
    expect(headers['content-security-policy']).toBe("default-src 'none'; sandbox; frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('are nobody else’s', async () => {
    const other = await world.server.registerUser();
    const { id } = await uploaded(PNG, 'image/png');
    await get(id, other).expect(404);
    await world.server.request.delete(`/attachments/${id}`).auth(other.token, bearer).expect(404);
    for (const unknown of [id, 'nonsense']) {
      const { body } = await ask([{ attachmentId: unknown }], {}, other).expect(404);
      expect(body).toMatchObject({ code: 'not_found', detail: 'The attachment was not found.' });
    }
    await world.server.request.get(`/attachments/${id}`).expect(401);
    await world.server.request.post('/attachments').set('content-type', 'image/png').send(PNG).expect(401);
  });

  it('leave nothing when they are cut off in the middle', async () => {
    for (const headers of [
      { 'content-type': 'application/zip', 'content-length': String(MAX_BYTES) },
      { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
    ]) {
      const outgoing = httpRequest(`${world.server.url}/attachments?name=a.zip`, {
        method: 'POST',
        headers: { authorization: `Bearer ${user.token}`, ...headers },
      });
      outgoing.on('error', () => undefined);
      if ('transfer-encoding' in headers)
        outgoing.write(
          '--x\r\nContent-Disposition: form-data; name="f"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n',
        );
      outgoing.write(randomBytes(CHUNK_BYTES * 2 + 5));
      await until(async () => (await stored()).pieces >= 1);
      outgoing.destroy();
      await until(async () => JSON.stringify(await stored()) === JSON.stringify(NOTHING));
    }
  });

  it('are sent as a form, too', async () => {
    const { body } = await world.server.request
      .post('/attachments')
      .auth(user.token, bearer)
      .field('beside', 'it')
      .attach('file', Buffer.concat([PNG, randomBytes(CHUNK_BYTES)]), {
        filename: 'ü.png',
        contentType: 'image/png',
      })
      .expect(201);
    expect(body).toMatchObject({ name: 'ü.png', type: 'image/png', bytes: PNG.length + CHUNK_BYTES });
    const refusals = [
      () => world.server.request.post('/attachments').auth(user.token, bearer).field('only', 'a field'),
      () =>
        world.server.request
          .post('/attachments')
          .auth(user.token, bearer)
          .attach('file', Buffer.from('text'), { filename: 'a.png', contentType: 'image/png' }),
      () =>
        world.server.request
          .post('/attachments')
          .auth(user.token, bearer)
          .set('content-type', 'multipart/form-data; boundary=')
          .send('x'),
    ];
    for (const refusal of refusals) expect((await refusal()).body.code).toBe('validation_failed');
    const large = await world.server.request
      .post('/attachments')
      .auth(user.token, bearer)
      .attach('file', Buffer.alloc(MAX_BYTES + 1), { filename: 'a.bin', contentType: 'application/x-y' });
    expect(large.body).toMatchObject({ code: 'payload_too_large' });
    expect(await stored()).toEqual({ files: 1, pieces: 2 });
  });

  it('are refused when they are too large, too many, of the wrong type, or not what they say', async () => {
    const refused = async (bytes: Buffer | string, type: string, query: object) =>
      (await upload(bytes, type, query)).body as {
        status: number;
        code: string;
        errors?: { field: string }[];
      };
    expect(await refused(Buffer.alloc(MAX_BYTES + 1), 'application/x-y', { name: 'a' })).toMatchObject({
      code: 'payload_too_large',
    });
    expect(await refused('text', 'image/png', { name: 'a' })).toMatchObject({ errors: [{ field: 'type' }] });
    expect(await refused(PNG, 'text/plain', { name: 'a' })).toMatchObject({ errors: [{ field: 'type' }] });
    expect(await refused(PNG, 'image/png', { name: '../a' })).toMatchObject({ errors: [{ field: 'name' }] });
    expect(await refused('text', 'text/plain', { name: 'a', chatflowId: 'images' })).toMatchObject({
      errors: [{ field: 'type' }],
    });
    expect(await refused(PNG, 'image/png', { chatflowId: 'absent' })).toMatchObject({ code: 'not_found' });
    expect(await refused(PNG, 'image/png', { chatflowId: 'hidden' })).toMatchObject({
      code: 'chatflow_access_denied',
    });
    expect(await refused('', 'text/plain', { name: 'a' })).toMatchObject({ errors: [{ field: 'body' }] });
    expect(await stored()).toEqual(NOTHING);
    await uploaded(PNG, 'image/png', 'a.png');
    const { body } = await ask([{ attachmentId: (await uploaded('text', 'text/plain', 'a.txt')).id }], {
      chatflow_id: 'images',
    }).expect(400);
    expect(body.errors).toMatchObject([{ field: 'uploads.0' }]);
  });

  it('count into what may be stored, before anything is held', async () => {
    const large = Buffer.alloc(MAX_BYTES);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) ids.push((await uploaded(large, 'text/csv', 'a.csv')).id);
    expect((await upload(large, 'application/x-y')).body).toMatchObject({
      code: 'quota_exceeded',
      status: 409,
    });
    await ask(ids.slice(0, 3).map((attachmentId) => ({ attachmentId }))).expect(200);
    await ask([{ data: `data:application/x-y;base64,${Buffer.alloc(4_000_000).toString('base64')}` }])
      .expect(409)
      .expect(({ body }) => expect(body.code).toBe('quota_exceeded'));
    expect(await world.server.read('/accounting/balance', user.token)).toMatchObject({
      held: 0,
      available: 99,
    });
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    expect((await stored()).files).toBe(1);
    await uploaded(large, 'application/x-y', 'a');
  });

  it('go with their session, with what is deleted before, and a day after they were not sent', async () => {
    const free = await uploaded(PNG, 'image/png');
    const taken = await uploaded(PNG, 'image/png');
    await ask([
      { attachmentId: taken.id },
      { data: `data:image/png;base64,${PNG.toString('base64')}` },
    ]).expect(200);
    await world.server.request.delete(`/attachments/${taken.id}`).auth(user.token, bearer).expect(409);
    await world.server.request.delete(`/attachments/${free.id}`).auth(user.token, bearer).expect(204);
    await get(free.id).expect(404);
    expect(await stored()).toEqual({ files: 2, pieces: 2 });
    expect(await world.deleteSession('main', user)).toEqual([204, 'deleted']);
    expect(await stored()).toEqual(NOTHING);
    await get(taken.id).expect(404);
    await uploaded(PNG, 'image/png');
    await expire();
    expect(await stored()).toEqual(NOTHING);
  });

  it('of a question that is refused are free again, and gone if they came along', async () => {
    const poor = await world.server.registerUser({ credits: 0 });
    const { id } = await uploaded(PNG, 'image/png', 'a.png', poor);
    const inline = { data: `data:image/png;base64,${PNG.toString('base64')}` };
    await ask([{ attachmentId: id }, inline], {}, poor).expect(402);
    expect(await stored(poor)).toEqual({ files: 1, pieces: 1 });
    await world.server.request.delete(`/attachments/${id}`).auth(poor.token, bearer).expect(204);
  });

  it('of a question that failed stay with its turn', async () => {
    world.upstream.runAs({ kind: 'chain', answer: () => [] });
    await ask([{ data: `data:image/png;base64,${PNG.toString('base64')}` }], { sessionId: 'failed' });
    expect((await messages('failed')).turns[0]?.attachments).toHaveLength(1);
    await expire();
    expect((await stored()).files).toBe(1);
  });

  it('of a question that waits while its session is deleted are stored behind that', async () => {
    await ask([], { question: 'Before' }).expect(200);
    const { server } = world;
    const turnId = String((await messages()).data[0]?.turnId);
    const before = await server.get(TurnStore).find(user.userId, turnId);
    const { settlement: _, ...opening } = { ...before!, id: newId(), question: '', startedAt: new Date() };
    const locked = await server.get(TurnStore).lockForDeletion(opening, server.get(Leases).begin());
    if (locked.kind !== 'locked') throw new Error('busy');
    const data = `data:image/png;base64,${PNG.toString('base64')}`;
    const asked = ask([{ data, name: 'kept.png' }]).then((response) => response);
    await until(async () => (await stored()).files === 1);
    await server.get(SessionDeletion).carryOut(locked.lock);
    expect((await asked).status).toBe(200);
    const [question, ...rest] = (await messages()).data;
    expect(rest).toHaveLength(1);
    const [ref] = question?.attachments ?? [];
    expect((await get(String(ref?.id)).expect(200)).body).toEqual(PNG);
    expect(await stored()).toMatchObject({ files: 1 });
  });
});
