import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** Output kept for the report of a process that ended when it should not have. */
const KEPT_OUTPUT = 4000;

/** The server's main file; `TOLLGATE_MAIN` names that of another build. */
export const serverMain = process.env.TOLLGATE_MAIN ?? join(ROOT, 'dist/main.js');

/**
 * What Node is given to run a program of the sources as they are: within tests that start servers the copy that jest's set-up has compiled, else the file
 * itself, compiled as it is loaded.
 *
 * @param program its path within the repository, `src/main.ts`
 */
export function fromSources(program: string): readonly string[] {
  const compiled = process.env.TEST_COMPILED_SOURCES;
  return compiled === undefined
    ? ['--import', join(ROOT, 'test/support/typescript-hook.mjs'), join(ROOT, program)]
    : [join(compiled, program.replace(/\.ts$/, '.js'))];
}

/** Runs the sources as they are, for tests within jest (whose set-up has compiled the embedded database's worker). */
export const serverFromSources: readonly string[] = fromSources('src/main.ts');

/** None may outlive the test that started it, however that ends. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The server as it is deployed: a process of its own, `node dist/main.js`. */
export class ServerProcess {
  private output = '';
  private readonly child: ChildProcess;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Resolves with the moment (as `performance.now()`) at which it has begun to listen; `undefined` when it ended before. */
  readonly listening: Promise<number | undefined>;
  private over = false;
  private address = '';

  /**
   * @param env settings; `DATA_DIR` is needed, and without `PORT` it takes one that is free
   * @param run what Node is to run; `serverFromSources` needs no build, but a moment longer to start
   * @param within the command that runs it, as `ip netns exec …`; it must become what it runs
   * @param onOutput gets all that it writes
   */
  constructor(
    env: Readonly<Record<string, string>>,
    run: readonly string[] = [serverMain],
    within: readonly string[] = [],
    onOutput: (text: string) => void = () => undefined,
  ) {
    const [command = '', ...rest] = [...within, process.execPath, ...run];
    this.child = spawn(command, rest, {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_ENV: 'test', LOG_LEVEL: 'warn', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    alive.add(this.child);
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        alive.delete(this.child);
        this.over = true;
        resolve(signal ?? code ?? 0);
      });
    });
    this.listening = new Promise((resolve) => {
      const keep = (chunk: Buffer): void => {
        const text = chunk.toString('utf8');
        onOutput(text);
        this.output = (this.output + text).slice(-KEPT_OUTPUT);
        const [, url] = /Tollgate listens on (\S+)\n/.exec(this.output) ?? [];
        if (url === undefined) return;
        this.address = url;
        resolve(performance.now());
      };
      this.child.stdout?.on('data', keep);
      this.child.stderr?.on('data', keep);
      void this.exited.then(() => {
        resolve(undefined);
      });
    });
  }

  /** Where it is spoken to, once it listens. */
  get url(): string {
    return this.address;
  }

  get hasExited(): boolean {
    return this.over;
  }

  /** The last of what it wrote. */
  get tail(): string {
    return this.output;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends it as a power cut would, and waits until it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
