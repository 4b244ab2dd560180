import { createClient } from 'redis';
import { isObject, parseJson } from '../../../src/platform/json/json-object.js';
import type { RedisServer } from './redis-server.js';

/** Overhears what instances say to each other, probes left out. */
export class BusWatch {
  /** Topics, in the order in which they were said. */
  readonly topics: string[] = [];
  /** Characters of the longest message. */
  longest = 0;

  private constructor(private readonly stop: () => void) {}

  static async start(redis: RedisServer): Promise<BusWatch> {
    const client = createClient({ url: redis.url });
    client.on('error', () => undefined);
    await client.connect();
    const watch = new BusWatch(() => client.destroy());
    await client.pSubscribe('tollgate:*', (text) => {
      const message = parseJson(text);
      const topic = isObject(message) ? String(message.topic) : '';
      if (topic === 'probe') return;
      watch.topics.push(topic);
      watch.longest = Math.max(watch.longest, text.length);
    });
    return watch;
  }

  close(): void {
    this.stop();
  }
}
