import { DriverOrderedWriter } from './driver-ordered-writer.service.js';

/** On a server that answers like this; all stores run behind the answers of older servers in `test/contract`. */
const writerOn = (bulkWrite: () => Promise<never>) => new DriverOrderedWriter({ bulkWrite });

describe('DriverOrderedWriter', () => {
  it.each([
    ['an answer of its own', Object.assign(new Error('no such command'), { code: 59 })],
    ['a wrapped answer', new Error('bulk write failed', { cause: { code: 59 } })],
    ['what MongoDB 7.0 says', new Error('bulk write failed', { cause: { code: 40415 } })],
  ])('asks a server that has no bulkWrite only once, told by %s', async (_, error) => {
    let calls = 0;
    const writer = writerOn(() => {
      calls += 1;
      return Promise.reject(error);
    });
    expect(await writer.write([])).toEqual({ kind: 'unsupported' });
    expect(await writer.write([])).toEqual({ kind: 'unsupported' });
    expect(calls).toBe(1);
  });

  it('says which write was refused', async () => {
    const error = Object.assign(new Error('refused'), { writeErrors: new Map([[3, { code: 11000 }]]) });
    const writer = writerOn(() => Promise.reject(error));
    expect(await writer.write([])).toEqual({ kind: 'refused', index: 3, code: 11000 });
  });

  it('throws when nobody knows what was written', async () => {
    const lost = new Error('connection closed');
    const writer = writerOn(() => Promise.reject(lost));
    await expect(writer.write([])).rejects.toBe(lost);
    await expect(writer.write([])).rejects.toBe(lost);
  });
});
