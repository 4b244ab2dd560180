// Runs `dist/main.js` as a child, for scripts that look at the built product from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 30_000;

/**
 * Starts the product without waiting for anything.
 * @param {Record<string, string>} env settings beside those of this process; a free port unless `PORT` is among them
 */
export function spawnBuilt(env) {
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...env },
    // Not the project's folder: an `.env` there is the developer's.
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
  /** The exit code, once all output has been read. */
  const exited = once(child, 'close').then(([code]) => code);
  return { child, output, exited };
}

/**
 * Starts the product and waits until it has printed its banner.
 * @returns its URL, what it printed, and `stop`, which sends SIGTERM and gives the exit code
 */
export async function startBuilt(env) {
  const { child, output, exited } = spawnBuilt(env);
  const printed = () => output.stdout + output.stderr;
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The server did not start in time:\n${printed()}`));
    }, START_TIMEOUT_MS);
    child.stdout.on('data', () => {
      // The banner comes in one piece and ends with an empty line.
      const found = /listens on (\S+)\n[\s\S]*\n\n$/.exec(output.stdout)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code} while starting:\n${printed()}`));
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url, output, stop };
}
