import { Latch } from './latch.js';

describe('Latch', () => {
  it('lets everybody go on who waits, and whoever comes later', async () => {
    const latch = new Latch();
    let passed = 0;
    const waiting = [latch.wait(), latch.wait()].map((wait) => wait.then(() => passed++));
    await Promise.resolve();
    expect(passed).toBe(0);
    expect(latch.isOpen).toBe(false);
    latch.open();
    latch.open();
    await Promise.all(waiting);
    expect(passed).toBe(2);
    expect(latch.isOpen).toBe(true);
    await latch.wait();
  });
});
