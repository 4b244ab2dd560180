import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { lastingPort } from '../../support/ports.js';
import { until } from '../../support/until.js';
import type { RunningProxy } from './proxy-program.js';

const LOOK_AGAIN_MS = 10;

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  // As an order to end: killed, a master leaves its workers behind.
  for (const child of alive) child.kill('SIGTERM');
});

/** What a process is started with. */
export interface ProxyCommand {
  readonly command: string;
  readonly arguments: readonly string[];
  /** By their paths in a folder of its own, in which it runs. */
  readonly files: Readonly<Record<string, string>>;
}

/** Whether a program is in the path. */
export function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', command]).status === 0;
}

/**
 * Starts a proxy on a port of its own, in a folder of its own. Resolves when it can be connected to.
 * @param isReady asked again and again once it can be connected to, until it says so
 * @param commandOf what to start for this port and in this folder
 * @throws Error when it ends before that, with what it said
 */
export async function startProxy(
  commandOf: (port: number, folder: string) => ProxyCommand | Promise<ProxyCommand>,
  isReady: (url: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-proxy-'));
  const port = await lastingPort();
  const { command, arguments: words, files } = await commandOf(port, folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  let said = '';
  const child = spawn(command, words, {
    cwd: folder,
    // Caddy and others keep things at home.
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-10_000)));
  alive.add(child);
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  void exited.then(() => alive.delete(child));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
    const look = (): void => {
      const socket = createConnection(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', () => {
        if (alive.has(child)) setTimeout(look, LOOK_AGAIN_MS);
      });
    };
    look();
  });
  const url = `http://127.0.0.1:${port}`;
  await until(() => isReady(url));
  return {
    url,
    close: async () => {
      if (alive.has(child)) child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
