import { collectDefaultMetrics, Registry } from 'prom-client';

let processRegistry: Registry | undefined;

/** CPU, memory and event loop belong to the process, however many applications run in it. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** The metrics of one application, and on request those of its process with them. */
export class MetricsRegistry {
  readonly own = new Registry();
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;

  /** Everything in the Prometheus text format. */
  async text(): Promise<string> {
    return `${await processMetrics().metrics()}\n${await this.own.metrics()}`;
  }
}
