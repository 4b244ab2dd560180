import { Counter } from 'prom-client';
import type { MetricsRegistry } from '../../platform/metrics/metrics-registry.service.js';

/** Counts whether limits are counted for all instances together, or by each alone. */
export class LimitMetrics {
  private readonly scripts;

  constructor({ own }: MetricsRegistry) {
    this.scripts = new Counter({
      name: 'tollgate_shared_limits_total',
      help: 'Questions to Redis about limits: answered; late, refused or not asked because no answer was to be expected: then this instance counts alone',
      labelNames: ['result'],
      registers: [own],
    });
  }

  answered(): void {
    this.scripts.inc({ result: 'answered' });
  }

  late(): void {
    this.scripts.inc({ result: 'late' });
  }

  refused(): void {
    this.scripts.inc({ result: 'refused' });
  }

  notAsked(): void {
    this.scripts.inc({ result: 'not_asked' });
  }
}
