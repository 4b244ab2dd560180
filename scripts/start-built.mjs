// Runs `dist/main.js` as a child on a free port, for scripts that look at the built product from outside.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const START_TIMEOUT_MS = 30_000;

/**
 * @param {Record<string, string>} env settings beside those of this process
 * @returns {Promise<{ url: string, output: () => string, stop: () => Promise<number | null> }>} `stop` sends SIGTERM and gives the exit code
 */
export async function startBuilt(env) {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js'], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit').then(([code]) => code);
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`The server did not start in time:\n${output}`));
    }, START_TIMEOUT_MS);
    const read = (chunk) => {
      output += String(chunk);
      // The line is whole once the one after it has begun.
      const found = /listens on (\S+)\n/.exec(output)?.[1];
      if (found !== undefined) {
        clearTimeout(timer);
        resolve(found);
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code} while starting:\n${output}`));
    });
  });
  const stop = async () => {
    child.kill('SIGTERM');
    return exited;
  };
  return { url, output: () => output, stop };
}
