import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestServer, TestUser } from '../support/test-server.js';
import { talk, type Step, type Talk } from './terminal-person.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = ['--import', './test/support/typescript-hook.mjs', 'src/cli/tollgate.ts'];

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly told: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Record<string, string>;
  readonly onOutput?: (out: string, interrupt: () => void) => void;
}

/** The terminal client as it is started in a shell, with a home of its own. */
export class TerminalProgram {
  user!: TestUser;

  private constructor(
    private readonly server: TestServer,
    readonly configHome: string,
  ) {}

  static async on(server: TestServer): Promise<TerminalProgram> {
    return new TerminalProgram(server, await mkdtemp(join(tmpdir(), 'tollgate-terminal-')));
  }

  close(): Promise<void> {
    return rm(this.configHome, { recursive: true, force: true });
  }

  /** Somebody new, who has not signed in. */
  async enter(): Promise<TestUser> {
    await rm(join(this.configHome, 'tollgate'), { recursive: true, force: true });
    this.user = await this.server.registerUser();
    return this.user;
  }

  /** @param options `onOutput` sees all output so far, and may press Ctrl-C */
  run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const child = spawn(process.execPath, [...PROGRAM, ...words], {
      cwd: ROOT,
      env: { ...this.env(), ...options.env },
    });
    let [out, told] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += String(chunk);
      options.onOutput?.(out, () => child.kill('SIGINT'));
    });
    child.stderr.on('data', (chunk: Buffer) => (told += String(chunk)));
    child.stdin.end(options.input ?? '');
    return new Promise((resolve) => {
      child.once('close', (code) => {
        resolve({ code, out, told });
      });
    });
  }

  /** In a terminal of its own. */
  converse(words: readonly string[], script: readonly Step[]): Promise<Talk> {
    const env = { ...this.env(), TERM: 'xterm', NO_COLOR: '1' };
    return talk([process.execPath, ...PROGRAM, ...words], { cwd: ROOT, env }, script);
  }

  private env() {
    return {
      PATH: process.env.PATH,
      XDG_CONFIG_HOME: this.configHome,
      TOLLGATE_URL: this.server.url,
      TOLLGATE_EMAIL: this.user.email,
      TOLLGATE_PASSWORD: this.user.password,
    };
  }
}
