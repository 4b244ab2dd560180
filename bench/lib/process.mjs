import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Kernel clock ticks per second, fixed on Linux. */
const TICKS_PER_SECOND = 100;

/**
 * Starts a Node script and waits for the line `READY url` on its output.
 * @returns its address, its CPU time in microseconds (all threads), its resident memory in bytes, and how to stop it
 */
export async function startProcess(script, { args = [], env = {}, ready = /READY (\S+)/ } = {}) {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
  });
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
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', resolve);
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      }),
  };
}

function readCpuMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
}

function readRssBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}
