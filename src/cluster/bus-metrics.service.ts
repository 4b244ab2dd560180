import { Counter, Gauge } from 'prom-client';
import type { MetricsRegistry } from '../platform/metrics/metrics-registry.service.js';

/** Counts what goes between instances. */
export class BusMetrics {
  private readonly messages;
  private readonly up;

  constructor({ own }: MetricsRegistry) {
    this.messages = new Counter({
      name: 'tollgate_bus_messages_total',
      help: 'Messages between instances: sent, received, or dropped because there was no connection or too much on its way',
      labelNames: ['direction'],
      registers: [own],
    });
    this.up = new Gauge({
      name: 'tollgate_bus_up',
      help: 'Whether messages reach the other instances; 0 while they do not',
      registers: [own],
    });
  }

  sent(): void {
    this.messages.inc({ direction: 'sent' });
  }

  received(): void {
    this.messages.inc({ direction: 'received' });
  }

  dropped(): void {
    this.messages.inc({ direction: 'dropped' });
  }

  state(isUp: boolean): void {
    this.up.set(isUp ? 1 : 0);
  }
}
