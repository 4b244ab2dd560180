import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Makes a server that listens on a socket of the file system reachable over TCP. */
export class TcpRelay {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** @param path of the socket @param host the address that the relay listens on */
  static async start(path: string, host: string): Promise<TcpRelay> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'relay.mjs'), path, host], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new TcpRelay(child, Number(port));
  }

  async close(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
