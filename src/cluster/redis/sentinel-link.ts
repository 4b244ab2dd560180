import type { RedisConfig } from '../../config/app-config.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { MovingClient } from './moving.client.js';
import { credentialsOf, isTls, newFleetingClient, type RedisClient } from './redis-client.js';
import type { LinkEvents, RedisLink } from './redis-link.port.js';
import { findMaster, type Address } from './sentinels.js';

/** A server that was set back may be cut off from the sentinels, which then cannot cut its clients off. */
const LOOK_INTERVAL_MS = 5000;

/**
 * Connections to the server that the sentinels name. The sentinels are asked before each connection, and now and then.
 *
 * Not node-redis' own `createSentinel`: while its server is gone it asks the sentinels as fast as they answer for each command that waits, and
 * commands wait as long as that takes.
 */
export function sentinelLink(config: RedisConfig, events: LinkEvents): RedisLink {
  const channels = new Map<string, (message: string) => void>();
  let master: Address | undefined;

  const find = async (): Promise<RedisClient> => {
    master = await findMaster(config, events.onError);
    return newFleetingClient(master.host, master.port, isTls(config), credentialsOf(config));
  };
  const commands = new MovingClient<RedisClient>({
    find,
    prepare: assertMaster,
    onBack: () => undefined,
    onError: events.onError,
  });
  const ears = new MovingClient<RedisClient>({
    find,
    prepare: async (client) => {
      await assertMaster(client);
      for (const [channel, listener] of channels) await client.subscribe(channel, listener);
    },
    onBack: events.onHearingAgain,
    onError: events.onError,
  });
  const looks = new RepeatingTask(
    LOOK_INTERVAL_MS,
    async () => {
      const before = master;
      const now = await findMaster(config, events.onError).catch(() => undefined);
      if (before === undefined || now === undefined) return;
      if (now.host === before.host && now.port === before.port) return;
      commands.renew();
      ears.renew();
    },
    { first: 'after-interval' },
  );

  return {
    connect: async () => {
      looks.start();
      await Promise.all([commands.connect(), ears.connect()]);
    },
    publish: async (channel, message) => commands.current.publish(channel, message),
    subscribe: async (channel, listener) => {
      channels.set(channel, listener);
      await ears.current.subscribe(channel, listener);
    },
    eval: async (script, options) => commands.current.eval(script, options),
    isHearing: () => ears.isReady,
    destroy: () => {
      void looks.stop();
      commands.destroy();
      ears.destroy();
    },
  };
}

/** Sentinels may name a server that they are about to set back, or that has just come back as it was. */
async function assertMaster(client: RedisClient): Promise<void> {
  const [role] = await client.sendCommand<unknown[]>(['ROLE']);
  if (String(role) !== 'master') throw new Error('The server that the sentinels name is not the first one.');
}
