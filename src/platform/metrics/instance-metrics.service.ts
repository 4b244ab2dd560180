import { statfs } from 'node:fs/promises';
import { Gauge } from 'prom-client';
import type { Readiness } from '../health/readiness.service.js';
import type { MetricsRegistry } from './metrics-registry.service.js';

/** Whether this instance can work, as `/health/ready` says, and what room is left where its data lies. Looked at when somebody reads the metrics. */
export class InstanceMetrics {
  /** @param dataDir of the embedded database; undefined where the data is elsewhere */
  constructor({ own }: MetricsRegistry, readiness: Readiness, dataDir: string | undefined) {
    const registers = [own];
    new Gauge({
      name: 'tollgate_ready',
      help: 'Whether this instance wants requests: 1, or 0 also while it shuts down',
      registers,
      async collect() {
        this.set((await readiness.report()).ready ? 1 : 0);
      },
    });
    new Gauge({
      name: 'tollgate_ready_check',
      help: 'What it needs to work: 1 up, 0 down',
      labelNames: ['check'],
      registers,
      async collect() {
        const { checks } = await readiness.report();
        for (const [check, state] of Object.entries(checks)) this.set({ check }, state === 'up' ? 1 : 0);
      },
    });
    if (dataDir === undefined) return;
    const disk = (name: string, help: string, blocks: 'bavail' | 'blocks') =>
      new Gauge({
        name: `tollgate_disk_${name}_bytes`,
        help,
        registers,
        async collect() {
          const found = await statfs(dataDir);
          this.set(found[blocks] * found.bsize);
        },
      });
    disk('free', 'What may still be written where the embedded database lies', 'bavail');
    disk('size', 'All that fits there', 'blocks');
  }
}
