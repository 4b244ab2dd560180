import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { workerEntry } from '../../src/worker-entry.js';

/** An embedded database in a process of its own, which a test may kill. */
export interface EmbeddedProcess {
  readonly uri: string;
  readonly process: ChildProcess;
  /** Resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Lifts the limit of a process that was started with `fileBlocks`: there is room again. */
export function makeRoom(pid: number | undefined): void {
  execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:']);
}

/** `fileBlocks` limits the size of any file the process writes, in blocks of 1 KiB: a disk that gets full. `script` is the program of another build. */
export async function startEmbeddedProcess(
  dataDir: string,
  options: { fileBlocks?: number; script?: string } = {},
): Promise<EmbeddedProcess> {
  const script = options.script ?? join(dirname(fileURLToPath(workerEntry())), 'cli', 'serve.js');
  const node = [process.execPath, script, '--data-dir', dataDir];
  const [command = '', ...rest] =
    options.fileBlocks === undefined
      ? node
      : ['bash', '-c', `ulimit -S -f ${options.fileBlocks}; exec "$@"`, 'limited', ...node];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const [uri] = (await Promise.race([once(createInterface(child.stdout), 'line'), gone.then(() => [])])) as [
    string?,
  ];
  if (uri === undefined) throw new Error(`the embedded database did not start: ${complaint}`);
  return {
    uri,
    process: child,
    kill: async (signal) => {
      child.kill(signal);
      await gone;
    },
  };
}
