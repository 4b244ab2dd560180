import { setImmediate as immediate } from 'node:timers/promises';
import { errors } from '../../../platform/errors/errors.js';
import { takeFormFile } from './form-file.js';

const HEADERS = { 'content-type': 'multipart/form-data; boundary=b' };
const HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
const MAX_BYTES = 10_000_000;
const PIECE_BYTES = 65_536;

describe('takeFormFile', () => {
  it.each([
    [1, 'at once', 0],
    [1, 'when all has arrived', 10],
    [5_000_000, 'at once', 0],
    [5_000_000, 'a while later', 10],
  ])('says why a file of %d bytes is not taken, of which nothing is read, %s', async (size, _, turns) => {
    const form = Buffer.from(`${HEAD}${'x'.repeat(size)}\r\n--b--\r\n`);
    async function* arriving(): AsyncGenerator<Buffer> {
      for (let at = 0; at < form.length; at += PIECE_BYTES)
        yield await Promise.resolve(form.subarray(at, at + PIECE_BYTES));
    }
    const refuse = async (): Promise<never> => {
      for (let turn = 0; turn < turns; turn += 1) await immediate();
      throw errors.chatflowAccessDenied();
    };
    const taken = takeFormFile(HEADERS, arriving(), MAX_BYTES, refuse);
    await expect(taken).rejects.toMatchObject({ code: 'chatflow_access_denied' });
  });

  it('breaks off with its request before anybody has begun to read', async () => {
    let isAsked = false;
    async function* broken(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from(`${HEAD}xyz`));
      while (!isAsked) await immediate();
      throw new Error('aborted');
    }
    const read: Buffer[] = [];
    const taken = takeFormFile(HEADERS, broken(), MAX_BYTES, async ({ bytes }) => {
      isAsked = true;
      for (let turn = 0; turn < 10; turn += 1) await immediate();
      for await (const piece of bytes) read.push(piece);
    });
    await expect(taken).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
