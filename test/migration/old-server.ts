import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Api } from '../faults/api.js';
import { ServerProcess, serverMain } from '../support/server-process.js';

/** The first version, whose checkout `TOLLGATE_MAIN` names: one data folder under one process after the other. */
export class OldServer {
  private server: ServerProcess | undefined;

  private constructor(
    private readonly dataDir: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async make(env: Readonly<Record<string, string>>): Promise<OldServer> {
    if (process.env.TOLLGATE_MAIN === undefined)
      throw new Error('TOLLGATE_MAIN must name the old dist/main.js');
    return new OldServer(await mkdtemp(join(tmpdir(), 'tollgate-old-')), env);
  }

  async start(more: Readonly<Record<string, string>> = {}): Promise<Api> {
    this.server = new ServerProcess({
      DATA_DIR: this.dataDir,
      TURNS_PER_MINUTE: '1000000',
      CONCURRENT_TURNS: '1000000',
      ACCESS_TOKEN_TTL_S: '86400',
      ...this.env,
      ...more,
    });
    if ((await this.server.listening) === undefined)
      throw new Error(`The old server does not start: ${this.server.tail}`);
    return new Api(this.server.url);
  }

  get url(): string {
    return this.server?.url ?? '';
  }

  /** Resolves when it is gone, by the signal or by the fault point that it was started with. */
  async end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal !== undefined) this.server?.signal(signal);
    await this.server?.exited;
  }

  /** Writes all collections, as the old version's `db:export` does, compressed. */
  async exportTo(file: string): Promise<string> {
    const plain = join(this.dataDir, 'export.jsonl');
    const script = join(dirname(serverMain), '../scripts/db-export.mjs');
    execFileSync(process.execPath, [script, '--data-dir', this.dataDir, '--out', plain], {
      cwd: dirname(dirname(script)),
      stdio: 'inherit',
    });
    const text = await readFile(plain, 'utf8');
    await writeFile(file, gzipSync(text, { level: 9 }));
    return text;
  }

  remove(): Promise<void> {
    return rm(this.dataDir, { recursive: true, force: true });
  }
}
