/**
 * The processor time that `work` takes in this process, in milliseconds; the least of three tries. Unlike the clock's it
 * doesn't grow while other processes have the machine, so a bound on it holds on a busy one.
 */
export async function cpuMsOf(work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let tries = 0; tries < 3; tries += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
