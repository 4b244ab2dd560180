// The servers that are compared in one run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from './lib/process.mjs';
import { startTollgateTarget } from './tollgate-target.mjs';

const HERE = import.meta.dirname;
const PEERS = join(HERE, 'peers');
const PORTKEY = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js');

/** Starts every target; the first is the product. @returns them by name */
export async function startTargets(upstreamUrl, workloads, { portkey = true } = {}) {
  const tollgate = await startTollgateTarget(upstreamUrl, workloads);
  const targets = new Map([['Tollgate', tollgate]]);
  for (const [name, script] of [
    ['byte pipe', 'byte-pipe.mjs'],
    ['hand-written', 'hand-written.mjs'],
    ['plain @Sse()', 'nest-sse.mjs'],
  ]) {
    const server = await startProcess(join(HERE, 'servers', script), { env: { UPSTREAM_URL: upstreamUrl } });
    const path = name === 'plain @Sse()' ? '/stream' : '/';
    const body = { chatflow_id: '$workload', question: 'bench' };
    targets.set(name, {
      server,
      target: { url: server.url, path, headers: {}, body, read: 'predict' },
      stop: server.stop,
    });
  }
  if (portkey) targets.set('Portkey', await startPortkey(upstreamUrl));
  return targets;
}

async function startPortkey(upstreamUrl) {
  if (!existsSync(PORTKEY)) {
    process.stdout.write('Installing the Portkey gateway for the comparison …\n');
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
      cwd: PEERS,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the Portkey gateway could not be installed');
  }
  const port = 20_000 + (process.pid % 20_000);
  const server = await startProcess(PORTKEY, {
    args: [`--port=${port}`, '--headless'],
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1', NODE_ENV: 'production' },
    ready: /(localhost:\d+|Ready for connections)/i,
  });
  return {
    server,
    target: {
      url: `http://127.0.0.1:${port}`,
      path: '/v1/chat/completions',
      headers: {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `${upstreamUrl}/v1`,
        authorization: 'Bearer bench',
      },
      body: { model: '$workload', stream: true, messages: [{ role: 'user', content: 'bench' }] },
      read: 'openai',
    },
    stop: server.stop,
  };
}
