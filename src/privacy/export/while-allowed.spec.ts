import { whileAllowed } from './while-allowed.js';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('an export of somebody else', () => {
  it('ends where its reader is no admin any more', async () => {
    let time = 0;
    let isAllowed = true;
    async function* lines() {
      for (let line = 1; line <= 10; line += 1) {
        await tick();
        yield line;
      }
    }
    const read: number[] = [];
    const reading = (async () => {
      for await (const line of whileAllowed(
        lines(),
        () => Promise.resolve(isAllowed),
        () => time,
      )) {
        read.push(line);
        time += 600;
        if (line === 3) isAllowed = false;
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'forbidden' });
    expect(read.length).toBeLessThanOrEqual(5);
  });
});
