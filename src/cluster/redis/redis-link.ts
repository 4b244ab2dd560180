import type { RedisConfig } from '../../config/app-config.js';
import { clusterLink } from './cluster-link.js';
import { newClient } from './redis-client.js';
import type { LinkEvents, RedisLink } from './redis-link.port.js';
import { sentinelLink } from './sentinel-link.js';

export function redisLink(config: RedisConfig, events: LinkEvents): RedisLink {
  switch (config.mode) {
    case 'single':
      return singleLink(config, events);
    case 'sentinel':
      return sentinelLink(config, events);
    case 'cluster':
      return clusterLink(config, events);
  }
}

/** One connection to say and one to hear: what is heard in bulk does not delay the limits' answers. */
function singleLink({ urls: [url = ''] }: RedisConfig, events: LinkEvents): RedisLink {
  const commands = newClient(url);
  const ears = newClient(url);
  commands.on('error', events.onError);
  ears.on('error', events.onError);
  let hasHeard = false;
  ears.on('ready', () => {
    if (hasHeard) events.onHearingAgain();
    hasHeard = true;
  });
  return {
    connect: async () => {
      await Promise.all([commands.connect(), ears.connect()]);
    },
    publish: (channel, message) => commands.publish(channel, message),
    subscribe: (channel, listener) => ears.subscribe(channel, listener),
    eval: (script, options) => commands.eval(script, options),
    isHearing: () => ears.isReady,
    destroy: () => {
      commands.destroy();
      ears.destroy();
    },
  };
}
