import { randomBytes } from 'node:crypto';
import type { Model } from 'mongoose';
import type { Attachment } from '../../src/chat/records/attachment.js';
import { CHUNK_BYTES } from '../../src/chat/records/attachment.store.port.js';
import { newId } from '../../src/platform/ids.js';
import {
  ATTACHMENT_CHUNK_MODEL,
  ATTACHMENT_MODEL,
  type AttachmentChunkDocument,
} from '../../src/persistence/chat/attachment.schema.js';
import { MESSAGE_MODEL, type MessageDocument } from '../../src/persistence/chat/history.schema.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseAttachmentStore } from '../../src/persistence/chat/mongoose-attachment.store.js';
import { TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);

describe('AttachmentStore on mongoose', () => {
  let database: TestDatabase;
  let store: MongooseAttachmentStore;
  let userId: string;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseAttachmentStore(
      database.model(ATTACHMENT_MODEL),
      database.model(ATTACHMENT_CHUNK_MODEL),
      database.model(MESSAGE_MODEL),
      database.model(TURN_MODEL),
    );
  });
  afterAll(() => database.close());
  beforeEach(() => {
    userId = newId();
  });

  const attachmentOf = (changes: Partial<Attachment> = {}): Attachment => ({
    id: newId(),
    tenantId: 'default',
    userId,
    name: 'a.bin',
    type: 'application/octet-stream',
    bytes: 0,
    hash: 'hash',
    sessionId: '',
    createdAt: at(0),
    expiresAt: at(100),
    ...changes,
  });
  const put = async (data: Buffer, changes: Partial<Attachment> = {}): Promise<Attachment> => {
    const attachment = attachmentOf({ bytes: data.length, ...changes });
    await store.put([{ attachment, data }]);
    return attachment;
  };
  const pieces = () =>
    (database.model(ATTACHMENT_CHUNK_MODEL) as Model<AttachmentChunkDocument>).countDocuments({ userId });
  const read = async (attachment: Attachment, start: number, end: number): Promise<Buffer> => {
    const all: Buffer[] = [];
    for await (const piece of store.read(attachment, start, end)) all.push(piece);
    return Buffer.concat(all);
  };
  const claimOf = (ids: readonly string[], sessionId = 'session', messageId = newId()) => ({
    userId,
    sessionId,
    messageId,
    ids,
    expiresAt: at(200),
  });

  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, CHUNK_BYTES * 20 + 3])(
    'gives back any part of %d bytes',
    async (size) => {
      const data = randomBytes(size);
      const attachment = await put(data);
      expect((await read(attachment, 0, size)).equals(data)).toBe(true);
      for (const [start, end] of [
        [0, Math.min(1, size)],
        [Math.floor(size / 2), size],
        [Math.max(0, size - CHUNK_BYTES - 2), size],
      ] as const)
        expect((await read(attachment, start, end)).equals(data.subarray(start, end))).toBe(true);
      expect(await store.find(userId, [attachment.id])).toEqual([attachment]);
      expect(await store.find('another', [attachment.id])).toEqual([]);
    },
  );

  it('is not there before it is whole, and never again when it was removed meanwhile', async () => {
    const attachment = attachmentOf();
    await store.begin(attachment);
    await store.write(attachment, 0, randomBytes(5));
    expect(await store.find(userId, [attachment.id])).toEqual([]);
    expect((await store.waiting(userId, 10)).count).toBe(1);
    const whole = { type: 'text/plain', bytes: 5, hash: 'other', expiresAt: at(300) };
    expect(await store.finish(attachment, whole)).toBe(true);
    expect(await store.find(userId, [attachment.id])).toEqual([{ ...attachment, ...whole }]);
    expect(await store.waiting(userId, 10)).toEqual({ count: 1, bytes: 5 });
    const gone = attachmentOf();
    await store.begin(gone);
    await store.remove([gone]);
    expect(await store.finish(gone, whole)).toBe(false);
  });

  it('says that pieces are missing', async () => {
    const attachment = attachmentOf({ bytes: 10 });
    await store.begin(attachment);
    await store.write(attachment, 0, randomBytes(5));
    await expect(read(attachment, 0, 10)).rejects.toThrow('shorter');
    await expect(read(attachment, CHUNK_BYTES, CHUNK_BYTES + 1)).rejects.toThrow('no piece');
  });

  it('is taken by one question, all or none', async () => {
    const [one, two] = [await put(randomBytes(3)), await put(randomBytes(3))];
    const first = claimOf([one.id]);
    expect(await store.claim(first)).toBe(true);
    const both = claimOf([one.id, two.id]);
    expect(await store.claim(both)).toBe(false);
    expect(await store.find(userId, [one.id])).toMatchObject([
      { messageId: first.messageId, sessionId: 'session' },
    ]);
    expect(await store.find(userId, [two.id])).toMatchObject([{ sessionId: '' }]);
    expect(await store.removeFree(one)).toBe(false);
    await store.unclaim(first);
    expect(await store.claim(both)).toBe(true);
    await store.unclaim(both);
    expect(await store.removeFree(one)).toBe(true);
    expect(await pieces()).toBe(1);
    expect(await store.claim(claimOf([two.id]))).toBe(true);
  });

  it('goes with its session, but not what came behind its deletion', async () => {
    const files = await Promise.all([put(randomBytes(3)), put(randomBytes(3)), put(randomBytes(3))]);
    const [before, other, behind] = files.map(({ id }) => id);
    await store.claim(claimOf([before ?? ''], 'session', newId(at(1).getTime())));
    await store.claim(claimOf([other ?? ''], 'another', newId(at(1).getTime())));
    await store.claim(claimOf([behind ?? ''], 'session', newId(at(100).getTime())));
    expect(await store.removeSession({ userId, sessionId: 'session' }, newId(at(50).getTime()))).toBe(1);
    const left = await store.find(
      userId,
      files.map(({ id }) => id),
    );
    expect(left.map(({ id }) => id).sort()).toEqual([other, behind].sort());
    expect(await pieces()).toBe(2);
  });

  it('is listed with its session, page by page, and removed with its user', async () => {
    const ids: string[] = [];
    for (let file = 0; file < 5; file += 1)
      ids.push((await put(randomBytes(3), { id: newId(at(file).getTime()), sessionId: 'listed' })).id);
    const loose = await put(randomBytes(3));
    await store.begin(attachmentOf({ sessionId: 'listed' }));
    const page = async (limit: number, after?: string, sessionId = 'listed') =>
      (await store.list({ userId, sessionId }, limit, after)).map(({ id }) => id);
    expect(await page(3)).toEqual(ids.slice(0, 3));
    expect(await page(3, ids[2])).toEqual(ids.slice(3));
    expect(await page(3, undefined, '')).toEqual([loose.id]);
    expect(await store.list({ userId: 'somebody else', sessionId: 'listed' }, 9)).toEqual([]);
    expect(await store.removeAllOf(userId)).toBe(7);
    expect([await page(9), await page(9, undefined, ''), await pieces()]).toEqual([[], [], 0]);
    expect(await store.removeAllOf(userId)).toBe(0);
  });

  it('is found by its end, and kept when its question is stored', async () => {
    const [free, asked, unasked] = [
      await put(randomBytes(3)),
      await put(randomBytes(3)),
      await put(randomBytes(3)),
    ];
    const claim = claimOf([asked.id]);
    await store.claim(claim);
    await store.claim(claimOf([unasked.id]));
    await (database.model(MESSAGE_MODEL) as Model<MessageDocument>).create({
      _id: claim.messageId,
      tenantId: 'default',
      userId,
      sessionId: 'session',
      turnId: newId(),
      chatflowId: 'assistant',
      role: 'user',
      content: 'Hi',
      status: 'completed',
      position: 0,
      parentId: null,
      createdAt: at(0),
    });
    const mine = async (now: Date) => (await store.expired(now, 1000)).filter((one) => one.userId === userId);
    expect((await mine(at(150))).map(({ id }) => id)).toEqual([free.id]);
    const ended = await mine(at(250));
    expect(ended.map(({ id }) => id).sort()).toEqual([free.id, asked.id, unasked.id].sort());
    for (const one of ended) {
      const isAsked = await store.isAsked(one);
      expect([one.id, isAsked]).toEqual([one.id, one.id === asked.id]);
      if (isAsked) await store.keep(one);
    }
    expect((await mine(at(1e9))).map(({ id }) => id).sort()).toEqual([free.id, unasked.id].sort());
  });
});
