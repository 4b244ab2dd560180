import { execFileSync, spawnSync } from 'node:child_process';
import { whyNoTestHosts } from '../../network/test-host.js';

/** What every instance reaches over the network. */
export const PEERS = ['redis', 'database', 'upstream'] as const;
export type Peer = (typeof PEERS)[number];

/** All that was made, none of which may outlive the run. */
const made = new Set<{ remove(): void }>();
process.once('exit', () => {
  for (const thing of made) thing.remove();
});

/**
 * The network of a run: each of the servers that instances share has an address of its own, and each instance is a host of its own (a network
 * namespace behind a pair of virtual Ethernet devices), so that one can be cut off from one of them without a word. Where there are no
 * namespaces, all is the loopback and nothing can be cut.
 */
export class Lan {
  private readonly subnet = `10.214.${process.pid % 256}`;

  private constructor(
    /** Why nothing can be cut; undefined when it can. */
    readonly whyNoCuts: string | undefined,
  ) {
    if (whyNoCuts !== undefined) return;
    made.add(this);
    for (const peer of PEERS) ip('address', 'replace', `${this.addressOf(peer)}/32`, 'dev', 'lo');
  }

  /** @throws Error when `mustCut` and it cannot */
  static make(mustCut: boolean): Lan {
    const why = whyNoTestHosts();
    if (why !== undefined && mustCut) throw new Error(`This must run where instances can be cut off: ${why}`);
    return new Lan(why);
  }

  addressOf(peer: Peer): string {
    return this.whyNoCuts === undefined ? `${this.subnet}.${PEERS.indexOf(peer) + 1}` : '127.0.0.1';
  }

  /** @param number tells instances apart, 0 to 31 */
  newHost(number: number): LanHost {
    return this.whyNoCuts === undefined ? new Namespace(this, number, this.subnet) : LOOPBACK;
  }

  /** With all of its hosts. */
  close(): void {
    for (const thing of [...made]) thing.remove();
  }

  remove(): void {
    if (!made.delete(this)) return;
    for (const peer of PEERS) spawnSync('ip', ['address', 'del', `${this.addressOf(peer)}/32`, 'dev', 'lo']);
  }
}

/** Where an instance runs. */
export interface LanHost {
  readonly address: string;
  /** A port that nobody else has there; 0: any. */
  readonly port: number;
  /** In front of a command that is to run there. */
  readonly within: readonly string[];
  /** From now on nothing that it sends to this server arrives, and nobody tells it so. */
  cutOffFrom(peer: Peer): void;
  rejoin(peer: Peer): void;
}

const LOOPBACK: LanHost = {
  address: '127.0.0.1',
  port: 0,
  within: [],
  cutOffFrom: () => undefined,
  rejoin: () => undefined,
};

const PORT = 3000;

class Namespace implements LanHost {
  readonly address: string;
  readonly port = PORT;
  private readonly name: string;
  private readonly device: string;

  constructor(
    private readonly lan: Lan,
    number: number,
    subnet: string,
  ) {
    this.name = `tollgate-cluster-${process.pid}-${number}`;
    // A device's name has at most 15 characters.
    this.device = `tc${process.pid}-${number}`;
    const first = 128 + number * 4;
    const gateway = `${subnet}.${first + 1}`;
    this.address = `${subnet}.${first + 2}`;
    made.add(this);
    ip('netns', 'add', this.name);
    ip('link', 'add', this.device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
    ip('address', 'add', `${gateway}/30`, 'dev', this.device);
    ip('link', 'set', this.device, 'up');
    this.ip('link', 'set', 'lo', 'up');
    this.ip('address', 'add', `${this.address}/30`, 'dev', 'eth0');
    this.ip('link', 'set', 'eth0', 'up');
    this.ip('route', 'add', 'default', 'via', gateway);
    // A cable that ends nowhere: what is sent there is gone, and no error comes back.
    this.ip('link', 'add', 'nowhere', 'type', 'veth', 'peer', 'name', 'nowhere-end');
    this.ip('link', 'set', 'nowhere', 'arp', 'off', 'up');
    this.ip('link', 'set', 'nowhere-end', 'up');
  }

  get within(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  cutOffFrom(peer: Peer): void {
    this.ip('route', 'replace', `${this.lan.addressOf(peer)}/32`, 'dev', 'nowhere');
  }

  rejoin(peer: Peer): void {
    this.ip('route', 'del', `${this.lan.addressOf(peer)}/32`, 'dev', 'nowhere');
  }

  remove(): void {
    if (!made.delete(this)) return;
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
