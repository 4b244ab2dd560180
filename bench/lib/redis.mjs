import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';

/** Starts `redis-server`, which must be installed, on a free port. @returns its URL, its commands by name, how to kill it and how to stop it */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-bench-redis-'));
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url });
  // One that is killed on purpose says so again and again.
  client.on('error', () => undefined);
  await client.connect();
  const kill = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  return {
    url,
    kill,
    /** @returns how often each command was run, by name */
    async commands() {
      const text = await client.info('commandstats');
      return new Map(
        [...text.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, calls]) => [name, Number(calls)]),
      );
    },
    async stop() {
      client.destroy();
      process.off('exit', killWithParent);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
