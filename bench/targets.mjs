// The servers that are compared in one run.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from './lib/process.mjs';
import { startTollgateTarget } from './tollgate-target.mjs';

const HERE = import.meta.dirname;
const PEERS = join(HERE, 'peers');
const PORTKEY = join(PEERS, 'node_modules/@portkey-ai/gateway/build/start-server.js');

/** By name, in the tables' order; the first is the product. */
const STARTERS = {
  Tollgate: startTollgateTarget,
  'byte pipe': simple('byte-pipe.mjs', '/'),
  'hand-written': simple('hand-written.mjs', '/'),
  'plain @Sse()': simple('nest-sse.mjs', '/stream'),
  Portkey: startPortkey,
};
export const TARGET_NAMES = Object.keys(STARTERS);

/** The servers that the options of a benchmark ask for: those of `--only`, or all, without Portkey if `--no-portkey`. */
export function chosenTargets({ only, 'no-portkey': withoutPortkey }) {
  return TARGET_NAMES.filter((name) =>
    only === undefined ? name !== 'Portkey' || !withoutPortkey : only.split(',').includes(name),
  );
}

/**
 * Starts one server.
 * @param env settings of the product, for the others without effect
 * @param options for the process: `node`, the binary that runs it, its `core`, and `collectable`; `users` of the product
 */
export const startTarget = (name, upstreamUrl, workloads, env = {}, options = {}) =>
  STARTERS[name](upstreamUrl, workloads, env, options);

/** Starts every target, with the options of `startTarget`; the first is the product. @returns them by name */
export async function startTargets(upstreamUrl, workloads, { names = TARGET_NAMES, ...options } = {}) {
  const targets = new Map();
  for (const name of names) targets.set(name, await startTarget(name, upstreamUrl, workloads, {}, options));
  return targets;
}

function simple(script, path) {
  return async (upstreamUrl, _workloads, _env, { node, core, collectable } = {}) => {
    const server = await startProcess(join(HERE, 'servers', script), {
      env: { UPSTREAM_URL: upstreamUrl },
      node,
      core,
      collectable,
    });
    const body = { chatflow_id: '$workload', question: 'bench' };
    return {
      server,
      target: { url: server.url, path, headers: {}, body, read: 'predict' },
      stop: server.stop,
    };
  };
}

let portkeys = 0;

async function startPortkey(upstreamUrl, _workloads, _env, { node, core, collectable } = {}) {
  if (!existsSync(PORTKEY)) {
    process.stdout.write('Installing the Portkey gateway for the comparison …\n');
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
      cwd: PEERS,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the Portkey gateway could not be installed');
  }
  // It cannot take any free port; below the ports that the system gives to connections. Its predecessor's may still be closing.
  const port = 20_000 + ((process.pid + portkeys++) % 10_000);
  const server = await startProcess(PORTKEY, {
    args: [`--port=${port}`, '--headless'],
    env: { TRUSTED_CUSTOM_HOSTS: '127.0.0.1', NODE_ENV: 'production' },
    ready: /(localhost:\d+|Ready for connections)/i,
    node,
    core,
    collectable,
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
