import { ChangeFeed } from '../../src/cluster/change-feed.service.js';
import { LocalBus } from '../../src/cluster/local-bus.js';
import { SharedCaches } from '../../src/cluster/shared-caches.service.js';
import type { Clock } from '../../src/platform/clock.port.js';

/** Caches of an instance that is alone. */
export const sharedCaches = (clock: Clock): SharedCaches =>
  new SharedCaches(new ChangeFeed(new LocalBus()), clock);
