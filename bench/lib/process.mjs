import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onCore } from './cores.mjs';

/** As an option of the environment it reaches worker threads too. */
const COLLECTABLE = `--import ${new URL('collect-garbage.mjs', import.meta.url).href}`;
/** The options of V8 with which `npm start` runs. Every process of the bench has them, so that they make no difference between servers. */
const V8_OPTIONS = readPackage().scripts.start.match(/--\S*(?:semi-space|memory|heap)\S*/g) ?? [];
/** Kernel clock ticks per second, fixed on Linux. */
const TICKS_PER_SECOND = 100;
const KILL_AFTER_MS = 5000;

// An interrupted bench ends through `exit`, and so takes its servers along.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

/**
 * Starts a Node script and waits for the line `READY url` on its output.
 * @param options.node another Node binary than the one that runs this
 * @param options.collectable whether the bench may ask it to collect garbage
 * @param options.core the only core that it may run on
 * @param options.cwd where it is run
 * @returns its address, its CPU time in microseconds (all threads), its resident memory in bytes, how to collect its garbage (it
 * tells the heap and the buffers that are left, in bytes), and how to stop it
 */
export async function startProcess(
  script,
  {
    args = [],
    env = {},
    ready = /READY (\S+)/,
    node = process.execPath,
    collectable = false,
    core,
    cwd,
  } = {},
) {
  const [command, ...words] = onCore(core, [
    node,
    ...V8_OPTIONS,
    ...(collectable ? ['--expose-gc'] : []),
    script,
    ...args,
  ]);
  const child = spawn(command, words, {
    cwd,
    env: { ...process.env, ...(collectable ? { NODE_OPTIONS: COLLECTABLE } : {}), ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
  // A bench that fails half-way leaves nothing running.
  const killWithParent = () => child.kill('SIGKILL');
  process.once('exit', killWithParent);
  child.once('exit', () => process.off('exit', killWithParent));
  const url = await new Promise((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      const found = ready.exec(output);
      if (found) resolve(found[1]);
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code}:\n${output}`)));
  });
  return {
    url,
    child,
    cpuMicros: () => readCpuMicros(child.pid),
    rssBytes: () => readRssBytes(child.pid),
    collectGarbage: () =>
      new Promise((resolve) => {
        child.once('message', resolve);
        child.send('collect-garbage');
      }),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once('exit', resolve);
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
      }),
  };
}

/** @returns what `node --version` of a binary says, e.g. `v20.20.2` */
export function versionOf(node = process.execPath) {
  const { stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (error) throw error;
  return stdout.trim();
}

function readPackage() {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
}

function readCpuMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
}

function readRssBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}
