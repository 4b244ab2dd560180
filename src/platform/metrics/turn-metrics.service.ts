import { Counter, Gauge, Histogram } from 'prom-client';
import type { TurnOutcome } from '../../contract/chat-event.js';
import type { ProviderName } from '../../contract/provider.js';
import type { ErrorCode } from '../../contract/error-codes.js';
import { MetricsRegistry } from './metrics-registry.service.js';

/** What a provider's stream was like. */
interface EventCounts {
  readonly repairedEvents: number;
  readonly droppedEvents: number;
  readonly unknownEvents: number;
}

/** What became of asking for credits: held, too few, or the ledger could not be asked. */
export type HoldResult = 'held' | 'refused' | 'failed';

const FIRST_TOKEN_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SETTLEMENT_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/**
 * Counts the life of turns. Every label has a small fixed set of values: no user, no chatflow. Nothing here is meant to be called per
 * token: counts are added in bulk when a turn ends.
 */
export class TurnMetrics {
  private readonly turns;
  private readonly firstTokenSeconds;
  private readonly tokens;
  private readonly openStreams;
  private readonly runningTurns;
  private readonly waitingTurns;
  private readonly upstreamErrors;
  private readonly repairedEvents;
  private readonly droppedEvents;
  private readonly unknownEvents;
  private readonly holds;
  private readonly settlementSeconds;
  private readonly recoveredTurns;

  constructor({ own }: MetricsRegistry) {
    const registers = [own];
    const counter = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
      new Counter<T>({ name: `tollgate_${name}`, help, labelNames, registers });
    const gauge = (name: string, help: string) => new Gauge({ name: `tollgate_${name}`, help, registers });
    this.turns = counter('turns_total', 'Turns that ended', 'outcome', 'provider');
    this.tokens = counter('tokens_total', 'Text events that providers sent', 'provider');
    this.openStreams = gauge('open_streams', 'Client streams that are open');
    this.runningTurns = gauge('running_turns', 'Turns that this instance runs');
    this.waitingTurns = gauge('waiting_turns', 'Turns that wait for a place at their chatflow');
    this.upstreamErrors = counter('upstream_errors_total', 'Failed upstream calls', 'provider', 'code');
    this.repairedEvents = counter('repaired_events_total', 'Upstream events with repaired JSON', 'provider');
    this.droppedEvents = counter('dropped_events_total', 'Upstream events beyond repair', 'provider');
    this.unknownEvents = counter(
      'unknown_events_total',
      'Upstream events without a meaning here',
      'provider',
    );
    this.holds = counter('holds_total', 'Attempts to hold credits', 'result');
    this.recoveredTurns = counter('recovered_turns_total', 'Turns settled after their owner was lost');
    this.firstTokenSeconds = new Histogram({
      name: 'tollgate_first_token_seconds',
      help: 'From admission to the first text of a turn',
      labelNames: ['provider'],
      buckets: FIRST_TOKEN_BUCKETS_SECONDS,
      registers,
    });
    this.settlementSeconds = new Histogram({
      name: 'tollgate_settlement_seconds',
      help: 'From the end of a turn to its settlement',
      buckets: SETTLEMENT_BUCKETS_SECONDS,
      registers,
    });
  }

  /** @param difference 1 when one begins to wait, -1 when it does no more */
  turnWaits(difference: 1 | -1): void {
    this.waitingTurns.inc(difference);
  }
  turnStarted(): void {
    this.runningTurns.inc();
  }
  /** Follows exactly one `turnStarted`, after settlement. */
  turnEnded(outcome: TurnOutcome, provider: ProviderName): void {
    this.runningTurns.dec();
    this.turns.inc({ outcome, provider });
  }
  /** A turn of an owner that was lost, settled by this instance without having started here. */
  turnRecovered(outcome: TurnOutcome, provider: ProviderName): void {
    this.recoveredTurns.inc();
    this.turns.inc({ outcome, provider });
  }
  firstToken(provider: ProviderName, seconds: number): void {
    this.firstTokenSeconds.observe({ provider }, seconds);
  }
  /** @param count of a whole turn, or of a checkpoint at the least */
  tokensSent(provider: ProviderName, count: number): void {
    this.tokens.inc({ provider }, count);
  }
  streamOpened(): void {
    this.openStreams.inc();
  }
  streamClosed(): void {
    this.openStreams.dec();
  }
  upstreamFailed(provider: ProviderName, code: ErrorCode): void {
    this.upstreamErrors.inc({ provider, code });
  }
  /** What a provider's stream was like, once it has ended. */
  providerReported(provider: ProviderName, report: EventCounts): void {
    this.repairedEvents.inc({ provider }, report.repairedEvents);
    this.droppedEvents.inc({ provider }, report.droppedEvents);
    this.unknownEvents.inc({ provider }, report.unknownEvents);
  }
  holdAttempted(result: HoldResult): void {
    this.holds.inc({ result });
  }
  settled(seconds: number): void {
    this.settlementSeconds.observe(seconds);
  }
}
