import { execFileSync } from 'node:child_process';

/** Limits the size of any file that a running process writes, so that its disk is full; or lifts the limit: there is room again. Linux only. */
export function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  // The soft limit alone: the hard one could not be raised again.
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}
