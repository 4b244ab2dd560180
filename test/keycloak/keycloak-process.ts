import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../support/ports.js';

/** Of its output, for the report of a start that failed. */
const KEPT_OUTPUT = 4000;
/** For tests: thousands of sign-ins are not wanted here. */
const HEAP = '-Xmx600m';
export const BOOTSTRAP_ADMIN = { username: 'admin', password: 'an admin of tests' } as const;

/** None may outlive the test that started it, however that ends. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** The real Keycloak in its development mode, with a database of its own: the distribution that `KEYCLOAK_HOME` names. */
export class KeycloakProcess {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly data: string,
  ) {}

  static async start(): Promise<KeycloakProcess> {
    const data = await mkdtemp(join(tmpdir(), 'tollgate-keycloak-'));
    const keycloak = new KeycloakProcess(await lastingPort(), data);
    await keycloak.comeBack();
    return keycloak;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it where it was, with what it knew. Resolves when it answers. */
  async comeBack(): Promise<void> {
    const home = process.env.KEYCLOAK_HOME;
    if (home === undefined)
      throw new Error('KEYCLOAK_HOME names no Keycloak: npm run test:keycloak finds one');
    const database = `jdbc:h2:file:${this.data}/keycloak;NON_KEYWORDS=VALUE`;
    const child = spawn(
      join(home, 'bin/kc.sh'),
      ['start-dev', '--http-host=127.0.0.1', `--http-port=${this.port}`, `--db-url=${database}`],
      {
        env: {
          ...process.env,
          JAVA_OPTS_KC_HEAP: HEAP,
          KC_BOOTSTRAP_ADMIN_USERNAME: BOOTSTRAP_ADMIN.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: BOOTSTRAP_ADMIN.password,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.child = child;
    alive.add(child);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const keep = (chunk: Buffer): void => {
        output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
        if (output.includes('Listening on:')) resolve();
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.once('error', reject);
      child.once('exit', (code) => {
        alive.delete(child);
        reject(new Error(`Keycloak has ended (${code}):\n${output}`));
      });
    });
  }

  /** Ends it as a power cut would; `comeBack` starts it again. */
  async goAway(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async close(): Promise<void> {
    await this.goAway();
    await rm(this.data, { recursive: true, force: true });
  }
}
