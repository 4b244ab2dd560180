import { Counter, Gauge, Histogram } from 'prom-client';
import type { ProviderName } from '../../contract/provider.js';
import type { MetricsRegistry } from './metrics-registry.service.js';

/** What the circuit's state is as a number, so that an alert can compare it. */
const CIRCUIT_VALUES = { closed: 0, 'half-open': 1, open: 2 } as const;

const GAP_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const SPEED_BUCKETS = [5, 10, 20, 40, 80, 160, 320, 1000];

/** Counts how hard it was to get answers. */
export class UpstreamMetrics {
  private readonly retries;
  private readonly fallbacks;
  private readonly circuits;
  private readonly flowCircuits;
  private readonly longestGapSeconds;
  private readonly tokensPerSecond;

  constructor({ own }: MetricsRegistry) {
    const registers = [own];
    this.retries = new Counter({
      name: 'tollgate_upstream_retries_total',
      help: 'Upstream calls that were made again before any content',
      labelNames: ['provider'],
      registers,
    });
    this.fallbacks = new Counter({
      name: 'tollgate_upstream_fallbacks_total',
      help: 'Turns that went on to the fallback of their chatflow',
      labelNames: ['provider'],
      registers,
    });
    this.circuits = new Gauge({
      name: 'tollgate_upstream_circuit_state',
      help: 'Circuit of an upstream: 0 closed, 1 half-open, 2 open',
      labelNames: ['upstream'],
      registers,
    });
    this.flowCircuits = new Gauge({
      name: 'tollgate_upstream_flow_circuit_state',
      help: 'Circuit of a chatflow at a server of flows, once it has not been closed: 0 closed, 1 half-open, 2 open',
      labelNames: ['upstream', 'chatflow'],
      registers,
    });
    this.longestGapSeconds = new Histogram({
      name: 'tollgate_longest_gap_seconds',
      help: 'Longest silence within the text of a turn',
      labelNames: ['provider'],
      buckets: GAP_BUCKETS_SECONDS,
      registers,
    });
    this.tokensPerSecond = new Histogram({
      name: 'tollgate_tokens_per_second',
      help: 'Speed of the text of a turn, from its first to its last',
      labelNames: ['provider'],
      buckets: SPEED_BUCKETS,
      registers,
    });
  }

  /** How one answer's text came. Once per turn. */
  streamed(
    provider: ProviderName,
    pace: { readonly longestGapMs?: number; readonly tokensPerSecond?: number },
  ): void {
    if (pace.longestGapMs !== undefined)
      this.longestGapSeconds.observe({ provider }, pace.longestGapMs / 1000);
    if (pace.tokensPerSecond !== undefined) this.tokensPerSecond.observe({ provider }, pace.tokensPerSecond);
  }
  retried(provider: ProviderName): void {
    this.retries.inc({ provider });
  }
  /** @param provider the one that could not answer */
  fellBack(provider: ProviderName): void {
    this.fallbacks.inc({ provider });
  }
  /** @param upstream a name without an address */
  circuitChanged(upstream: string, state: keyof typeof CIRCUIT_VALUES): void {
    this.circuits.set({ upstream }, CIRCUIT_VALUES[state]);
  }
  /** It is not known any more. */
  circuitForgotten(upstream: string): void {
    this.circuits.remove({ upstream });
  }
  /** @param chatflow an id; the caller bounds how many there are by forgetting them */
  flowCircuitChanged(upstream: string, chatflow: string, state: keyof typeof CIRCUIT_VALUES): void {
    this.flowCircuits.set({ upstream, chatflow }, CIRCUIT_VALUES[state]);
  }
  flowCircuitForgotten(upstream: string, chatflow: string): void {
    this.flowCircuits.remove({ upstream, chatflow });
  }
}
