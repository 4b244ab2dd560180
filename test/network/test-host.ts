import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** None may outlive the tests, however they end. */
const made = new Set<TestHost>();
process.once('exit', () => {
  for (const host of made) host.remove();
});

/** Why there can be no test hosts here; `undefined` when there can. */
export function whyNoTestHosts(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  if (spawnSync('ip', ['-V']).error !== undefined) return 'the command `ip` is missing (Debian: iproute2)';
  const name = `tollgate-try-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return 'this system makes no network namespace';
  ip('netns', 'del', name);
  return undefined;
}

/**
 * A host of its own behind a cable of its own: a network namespace and a pair of virtual Ethernet devices. Both addresses exist
 * between these two ends only.
 */
export class TestHost {
  /** This machine, as the host sees it. */
  readonly serverAddress: string;
  /** The host, as this machine sees it. */
  readonly address: string;
  private readonly name: string;
  private readonly device: string;
  private readonly clients: ChildProcess[] = [];

  /** @param number tells the hosts of one process apart, 0 to 63 */
  constructor(number: number) {
    this.name = `tollgate-${process.pid}-${number}`;
    // A device's name has at most 15 characters.
    this.device = `tg${process.pid}-${number}`;
    const subnet = `10.213.${process.pid % 256}`;
    this.serverAddress = `${subnet}.${number * 4 + 1}`;
    this.address = `${subnet}.${number * 4 + 2}`;
    made.add(this);
    ip('netns', 'add', this.name);
    ip('link', 'add', this.device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    ip('address', 'add', `${this.serverAddress}/30`, 'dev', this.device);
    ip('link', 'set', this.device, 'up');
    this.ip('address', 'add', `${this.address}/30`, 'dev', 'eth0');
    this.ip('link', 'set', 'eth0', 'up');
  }

  /** A POST whose answer is read as it comes. @returns the answer's body; pause it, and the host's window closes once it is full */
  post(url: string, token: string, body: unknown): Readable {
    const headers = ['content-type: application/json', `authorization: Bearer ${token}`];
    const child = spawn(
      'ip',
      [
        ...['netns', 'exec', this.name, 'curl', '--silent', '--no-buffer'],
        ...headers.flatMap((header) => ['--header', header]),
        ...['--data', JSON.stringify(body), url],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.clients.push(child);
    return child.stdout;
  }

  /** Passes on what comes to this port of its own to a socket of the file system, which all hosts share. Resolves when it listens. */
  async relay(socketPath: string, port: number): Promise<void> {
    const relay = `
      const { connect, createServer } = require('node:net');
      createServer((client) => {
        const server = connect(${JSON.stringify(socketPath)});
        for (const [one, other] of [[client, server], [server, client]])
          one.on('error', () => one.destroy()).on('close', () => other.destroy()).pipe(other);
      }).listen(${port}, () => console.log('listening'));`;
    const child = spawn('ip', ['netns', 'exec', this.name, process.execPath, '-e', relay], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.clients.push(child);
    await once(child.stdout, 'data');
  }

  /** From now on nothing that it sends arrives: no data, no acknowledgement, no end of a connection. */
  fallSilent(): void {
    this.ip('route', 'add', 'blackhole', `${this.serverAddress}/32`);
  }

  /** Its packets arrive again. */
  comeBack(): void {
    this.ip('route', 'del', 'blackhole', `${this.serverAddress}/32`);
  }

  /** Pulls its cable. */
  unplug(): void {
    this.ip('link', 'set', 'eth0', 'down');
  }

  /** How much its sockets take before their owner reads. */
  setReceiveBuffer(bytes: number): void {
    const command = `echo 4096 ${bytes} ${bytes} > /proc/sys/net/ipv4/tcp_rmem`;
    ip('netns', 'exec', this.name, 'sh', '-c', command);
  }

  /** Ends its clients and takes it away; may be called more than once. */
  remove(): void {
    if (!made.delete(this)) return;
    for (const client of this.clients) client.kill('SIGKILL');
    spawnSync('ip', ['netns', 'del', this.name]);
    // Its other end goes too, at once rather than when the namespace's last process has gone.
    spawnSync('ip', ['link', 'del', this.device]);
  }

  private ip(...args: readonly string[]): void {
    ip('-n', this.name, ...args);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
