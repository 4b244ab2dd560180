import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Why no sync can be made to fail here; `undefined` when it can. */
function whyNoFailingSyncs(): string | undefined {
  if (process.platform !== 'linux') return 'strace is a thing of Linux';
  const tried = spawnSync('strace', ['-f', '-e', 'inject=fdatasync:error=EIO', process.execPath, '-e', '0']);
  if (tried.error !== undefined) return 'the command `strace` is missing';
  return tried.status === 0 ? undefined : 'strace may not trace here';
}

/** A disk on which every sync of a process fails, as the operating system tells it, from the moment of `from` on. */
export class FailingSyncs {
  private constructor(private readonly tracer: ChildProcess) {}

  /** @param pid with all of its threads; resolves when none can sync any more */
  static async from(pid: number | undefined): Promise<FailingSyncs> {
    const calls = 'fsync,fdatasync';
    const what = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=EIO`];
    const tracer = spawn('strace', ['-f', ...what, '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const gone = once(tracer, 'exit').then(() => 'gone');
    let said = '';
    const attached = new Promise<string>((resolve) => {
      tracer.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        // "Process 1 attached" of one thread, "Process 1 attached with 12 threads" of several.
        if (/Process \d+ attached/.test(said)) resolve('attached');
      });
    });
    if ((await Promise.race([attached, gone])) === 'gone') throw new Error(`strace ended: ${said}`);
    return new FailingSyncs(tracer);
  }

  /** The disk is well again. */
  async end(): Promise<void> {
    if (this.tracer.exitCode !== null || this.tracer.signalCode !== null) return;
    const gone = once(this.tracer, 'exit');
    this.tracer.kill('SIGTERM');
    await gone;
  }
}

/** `describe` where syncs can be made to fail, else one that skips and says why. @throws Error in CI, where these tests must run */
export function describeWhereSyncsFail(): typeof describe.skip {
  const impossible = whyNoFailingSyncs();
  if (impossible === undefined) return describe;
  if (process.env.CI !== undefined) throw new Error(`These tests must run in CI: ${impossible}`);
  process.stdout.write(`Skipped: ${impossible}\n`);
  return describe.skip;
}
