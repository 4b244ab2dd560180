import type { RedisConfig } from '../../config/app-config.js';
import { MovingClient, type Connectable } from './moving.client.js';
import { newCluster } from './redis-client.js';
import type { LinkEvents, RedisLink } from './redis-link.port.js';

/** A connection that hears one channel. */
interface Ear extends Connectable {
  sSubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
}

/**
 * Channels are sharded, as keys are: a message goes to one node and not to all.
 *
 * Each channel is heard over a connection of its own and not over those of node-redis' cluster: when slots move or a node comes back, these are
 * subscribed again by promises that nobody holds, and whose rejection would end the process.
 */
export function clusterLink(config: RedisConfig, events: LinkEvents): RedisLink {
  const nodes = newCluster(config);
  nodes.on('error', events.onError);
  nodes.on('node-error', events.onError);
  const ears = new Set<MovingClient<Ear>>();

  const subscribe = async (channel: string, listener: (message: string) => void): Promise<void> => {
    const ear = new MovingClient<Ear>({
      find: async () => {
        const node = await nodes.getNodeClientForKey(channel);
        const { socket } = node.options;
        return node.duplicate({ socket: { ...socket, reconnectStrategy: false } });
      },
      prepare: (client) => client.sSubscribe(channel, listener),
      onBack: events.onHearingAgain,
      onError: events.onError,
    });
    ears.add(ear);
    await ear.connect();
  };

  return {
    connect: async () => {
      await nodes.connect();
      // A node that was reached once is noticed when it goes.
      for (const node of nodes.masters) void Promise.resolve(nodes.nodeClient(node)).catch(events.onError);
    },
    publish: (channel, message) => nodes.sPublish(channel, message),
    subscribe,
    eval: (script, options) => nodes.eval(script, options),
    isHearing: () => [...ears].every(({ isReady }) => isReady),
    destroy: () => {
      for (const ear of ears) ear.destroy();
      nodes.destroy();
    },
  };
}
