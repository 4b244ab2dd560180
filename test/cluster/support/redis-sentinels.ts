import { RedisServer } from './redis-server.js';

const SENTINELS = 3;

/** Three sentinels that watch one group of servers, `main`. */
export class RedisSentinels {
  private constructor(readonly servers: readonly RedisServer[]) {}

  /** @param first the server that the others are replicas of; resolves when each sentinel knows the others and that many replicas */
  static async start(first: RedisServer, replicas: number, password: string): Promise<RedisSentinels> {
    const lines = [
      `sentinel monitor main 127.0.0.1 ${first.port} 2`,
      `sentinel auth-pass main ${password}`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 2000',
    ];
    const servers: RedisServer[] = [];
    while (servers.length < SENTINELS) servers.push(await RedisServer.startSentinel(lines));
    for (const server of servers) await whenKnows(server, SENTINELS - 1, replicas);
    return new RedisSentinels(servers);
  }

  get urls(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  async close(): Promise<void> {
    for (const server of this.servers) await server.close();
  }
}

async function whenKnows(sentinel: RedisServer, others: number, replicas: number): Promise<void> {
  for (;;) {
    const known = (await sentinel.command('SENTINEL', 'MASTER', 'main')) as Record<string, string>;
    if (Number(known['num-other-sentinels']) >= others && Number(known['num-slaves']) >= replicas) return;
  }
}
