import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { lastingPort } from '../../support/ports.js';
import { RedisServer } from './redis-server.js';

/** Short, so that a node that is gone is replaced soon. */
const NODE_TIMEOUT_MS = '1000';
const MASTERS = 3;

interface Known {
  readonly id: string;
  readonly port: number;
  readonly flags: readonly string[];
}

/** Six real nodes: three that hold the slots, and one behind each. */
export class RedisCluster {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  static async start(): Promise<RedisCluster> {
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', NODE_TIMEOUT_MS];
    const nodes: RedisServer[] = [];
    while (nodes.length < 2 * MASTERS)
      nodes.push(await RedisServer.start([...options, '--cluster-port', String(await lastingPort())]));
    await promisify(execFile)('redis-cli', [
      ...['--cluster', 'create'],
      ...nodes.map(({ port }) => `127.0.0.1:${port}`),
      ...['--cluster-replicas', '1', '--cluster-yes'],
    ]);
    const cluster = new RedisCluster(nodes);
    await cluster.whenWhole();
    return cluster;
  }

  get urls(): string {
    return this.nodes.map(({ url }) => url).join(',');
  }

  /** Those that hold slots now. */
  async masters(): Promise<RedisServer[]> {
    const known = await this.known();
    const ports = known
      .filter(({ flags }) => flags.includes('master') && !flags.includes('fail'))
      .map(({ port }) => port);
    return this.nodes.filter(({ port }) => ports.includes(port));
  }

  /** Kills one that holds slots; resolves when the one behind it has taken its place. */
  async killMaster(node: RedisServer): Promise<void> {
    await node.kill();
    for (;;) {
      const masters = await this.masters();
      if (masters.length === MASTERS && !masters.includes(node)) return;
    }
  }

  /** Moves the slot of a channel, which holds no keys, to the next node. */
  async moveSlotOf(channel: string): Promise<void> {
    const masters = await this.masters();
    const slot = String(await masters[0]?.command('CLUSTER', 'KEYSLOT', channel));
    const ids = await Promise.all(masters.map(async (node) => String(await node.command('CLUSTER', 'MYID'))));
    const owners = await Promise.all(masters.map((node) => this.holds(node, Number(slot))));
    const from = owners.indexOf(true);
    const to = (from + 1) % masters.length;
    const others = masters.map((_, index) => index).filter((index) => index !== to && index !== from);
    // As an operator's tool does it: only a node that was importing takes a new epoch, without which the nodes may go on to contradict each other.
    await masters[to]?.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(ids[from]));
    await masters[from]?.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(ids[to]));
    for (const index of [to, from, ...others])
      await masters[index]?.command('CLUSTER', 'SETSLOT', slot, 'NODE', String(ids[to]));
  }

  async close(): Promise<void> {
    for (const node of this.nodes) await node.close();
  }

  private async holds(node: RedisServer, slot: number): Promise<boolean> {
    const lines = String(await node.command('CLUSTER', 'NODES')).split('\n');
    const ranges =
      lines
        .find((line) => line.includes('myself'))
        ?.split(' ')
        .slice(8) ?? [];
    return ranges.some((range) => {
      const [low = '', high = low] = range.split('-');
      return Number(low) <= slot && slot <= Number(high);
    });
  }

  /** Each node knows all, and three have what the three others hold: only they may take a place. */
  private async whenWhole(): Promise<void> {
    for (const node of this.nodes) {
      let info = '';
      while (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${2 * MASTERS}`))
        info = String(await node.command('CLUSTER', 'INFO'));
    }
    let replicas = 0;
    while (replicas < MASTERS) {
      const infos = await Promise.all(this.nodes.map((node) => node.command('INFO', 'replication')));
      replicas = infos.filter((info) => String(info).includes('master_link_status:up')).length;
    }
  }

  /** As the first that answers sees them. */
  private async known(): Promise<Known[]> {
    for (const node of this.nodes) {
      const text = await node.command('CLUSTER', 'NODES').catch(() => undefined);
      if (typeof text !== 'string') continue;
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [id = '', address = '', flags = ''] = line.split(' ');
          return { id, port: Number(/:(\d+)/.exec(address)?.[1]), flags: flags.split(',') };
        });
    }
    throw new Error('no node of the cluster answers');
  }
}
