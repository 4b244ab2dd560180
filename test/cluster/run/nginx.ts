import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../../support/ports.js';

const TEMPLATE = join(import.meta.dirname, '../../../docs/operating/nginx.conf');
const MAX_CONNECTIONS = 4096;

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  // As an order to end: killed, its master leaves its workers behind.
  for (const child of alive) child.kill('SIGTERM');
});

export interface PathBelow {
  /** Without a trailing slash. */
  readonly path: string;
  readonly isCutOff: boolean;
}

/** A real nginx with the configuration that the documentation shows, in a folder of its own. */
export class Nginx {
  readonly url: string;

  private constructor(
    port: number,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * @param instances host and port of each
   * @param below the path below which clients find them, and whether it is cut off from what they get
   */
  static async start(instances: readonly string[], below?: PathBelow): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), 'tollgate-nginx-'));
    const port = await lastingPort();
    await mkdir(join(folder, 'logs'));
    await writeFile(join(folder, 'nginx.conf'), mainConfig(folder));
    await writeFile(join(folder, 'tollgate.conf'), belowPath(await siteConfig(port, instances), below));
    const child = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'logs/error.log'], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`nginx ended with ${code}`)));
      const look = (): void => {
        const socket = createConnection(port, '127.0.0.1');
        socket.once('connect', () => {
          socket.destroy();
          resolve();
        });
        socket.once('error', () => setTimeout(look, 10));
      };
      look();
    });
    return new Nginx(port, folder, child);
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** As docs/operating/proxies.md says it. */
function belowPath(site: string, below: PathBelow | undefined): string {
  if (below === undefined) return site;
  const moved = site
    .replace('location / {', `location ${below.path}/ {`)
    .replace('proxy_pass http://tollgate;', `proxy_pass http://tollgate${below.isCutOff ? '/' : ''};`);
  if (!moved.includes(`location ${below.path}/ {`)) throw new Error('The template of nginx looks different');
  return moved;
}

function mainConfig(folder: string): string {
  const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${join(folder, name)};`)
    .join('\n');
  return `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid nginx.pid;
error_log logs/error.log warn;
events { worker_connections ${MAX_CONNECTIONS}; }
http {
  access_log off;
${spool}
  include tollgate.conf;
}
`;
}

/** The template with this port and these instances. */
async function siteConfig(port: number, instances: readonly string[]): Promise<string> {
  const template = await readFile(TEMPLATE, 'utf8');
  const [example] = /^ *server \S+:3000 .*;$/m.exec(template) ?? [];
  if (example === undefined || !template.includes('listen 80;'))
    throw new Error('The template of nginx looks different');
  const servers = instances.map((instance) => example.replace(/\S+:3000/, instance)).join('\n');
  return template
    .replace(/(?:^ *server \S+:3000 .*;\n)+/m, `${servers}\n`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`);
}
