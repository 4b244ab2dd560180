import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fromSources } from './server-process.js';

const ROOT = join(import.meta.dirname, '../..');

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of the sources in a process of its own, to its end.
 * @param program its path within the repository
 * @param input what it reads from standard input
 */
export function runCommand(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<CommandRun> {
  const child = spawn(process.execPath, [...fromSources(program), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  // A command that wants nothing may have ended already.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
