import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { lastingPort } from '../../support/ports.js';

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

export interface SeenCommand {
  /** In lower case. */
  readonly name: string;
  readonly line: string;
}

/** A real server of Redis, a sentinel or a node of a cluster: a process of its own that keeps nothing on disk. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
    private readonly settingsFile?: string,
  ) {}

  /** @param options further options of `redis-server`, as on its command line */
  static async start(options: readonly string[] = [], port?: number): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-redis-'));
    const server = new RedisServer(port ?? (await lastingPort()), folder, options);
    await server.startAgain();
    return server;
  }

  /** @param lines of its own file of settings, into which it writes what it learns */
  static async startSentinel(lines: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-sentinel-'));
    const file = join(folder, 'sentinel.conf');
    await writeFile(file, `${lines.join('\n')}\n`);
    const server = new RedisServer(await lastingPort(), folder, ['--sentinel'], file);
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  private get password(): string | undefined {
    const at = this.options.indexOf('--requirepass');
    return at === -1 ? undefined : this.options[at + 1];
  }

  /** Where it keeps its files. */
  get dir(): string {
    return this.folder;
  }

  /** On the same port, empty. */
  async startAgain(): Promise<void> {
    const child = spawn(
      'redis-server',
      [
        ...(this.settingsFile === undefined ? [] : [this.settingsFile]),
        ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder],
        ...(this.settingsFile === undefined ? ['--save', ''] : []),
        ...this.options,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    alive.add(child);
    this.child = child;
    child.once('exit', () => alive.delete(child));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-2_000)));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => reject(new Error(`redis-server ended with ${code}: ${said}`)));
      const look = (): void => {
        const socket = createConnection(this.port, '127.0.0.1');
        socket.once('connect', () => {
          socket.destroy();
          resolve();
        });
        socket.once('error', () => setTimeout(look, 5));
      };
      look();
    });
  }

  /** Runs one command with a connection of its own, as the user of this password if there is one. Rejects when it is not there. */
  async command(...words: readonly string[]): Promise<unknown> {
    const client = createClient({
      url: this.url,
      socket: { reconnectStrategy: false },
      ...(this.password === undefined ? {} : { password: this.password }),
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      client.destroy();
    }
  }

  /** What clients ask for from now on, without what scripts run. */
  async watch(): Promise<{ readonly seen: () => readonly SeenCommand[]; readonly close: () => void }> {
    const client = createClient({ url: this.url });
    client.on('error', () => undefined);
    await client.connect();
    const seen: SeenCommand[] = [];
    await client.monitor((said) => {
      const line = String(said);
      const [, source, name] = /^[\d.]+ \[\d+ ([^\]]+)\] "([^"]+)"/.exec(line) ?? [];
      if (source !== 'lua' && name !== undefined) seen.push({ name: name.toLowerCase(), line });
    });
    return { seen: () => seen, close: () => client.destroy() };
  }

  /** It answers nothing, and its connections stay open. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
