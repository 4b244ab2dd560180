import type { Model } from 'mongoose';
import { planDeleteMany, writeInOrder } from './ordered-writes.js';

/** A model on a server that answers like this; real servers that have no `bulkWrite` can't be had here. */
function modelOn(bulkWrite: () => Promise<unknown>) {
  const client = { bulkWrite };
  return { db: { name: 'd', getClient: () => client }, collection: { name: 'c' } } as unknown as Model<never>;
}

describe('writeInOrder', () => {
  it.each([
    ['an answer of its own', Object.assign(new Error('no such command'), { code: 59 })],
    ['a wrapped answer', new Error('bulk write failed', { cause: { code: 59 } })],
  ])('asks a server that has no bulkWrite only once, told by %s', async (_, error) => {
    let calls = 0;
    const model = modelOn(async () => {
      calls += 1;
      throw error;
    });
    const writes = [planDeleteMany(model, {})];
    expect(await writeInOrder(model, writes)).toEqual({ kind: 'unsupported' });
    expect(await writeInOrder(model, writes)).toEqual({ kind: 'unsupported' });
    expect(calls).toBe(1);
  });

  it('says which write was refused', async () => {
    const error = Object.assign(new Error('refused'), { writeErrors: new Map([[3, { code: 11000 }]]) });
    const model = modelOn(() => Promise.reject(error));
    expect(await writeInOrder(model, [])).toEqual({ kind: 'refused', index: 3, code: 11000 });
  });

  it('throws when nobody knows what was written', async () => {
    const lost = new Error('connection closed');
    const model = modelOn(() => Promise.reject(lost));
    await expect(writeInOrder(model, [])).rejects.toBe(lost);
    await expect(writeInOrder(model, [])).rejects.toBe(lost);
  });
});
