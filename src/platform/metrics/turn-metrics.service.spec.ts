/** @jest-environment node */
import { MetricsRegistry } from './metrics-registry.service.js';
import { TurnMetrics } from './turn-metrics.service.js';

describe('TurnMetrics', () => {
  it('counts the life of a turn', async () => {
    const registry = new MetricsRegistry();
    const metrics = new TurnMetrics(registry);
    metrics.holdAttempted('held');
    metrics.turnStarted();
    metrics.turnStarted();
    metrics.firstToken('assistant', 0.02);
    metrics.tokensSent('assistant', 40);
    metrics.providerReported('assistant', { repairedEvents: 2, droppedEvents: 1, unknownEvents: 0 });
    metrics.settled(0.003);
    metrics.turnEnded('completed', 'assistant');
    metrics.turnRecovered('interrupted', 'flowise');
    const text = await registry.text();
    for (const line of [
      'tollgate_holds_total{result="held"} 1',
      'tollgate_running_turns 1',
      'tollgate_first_token_seconds_bucket{le="0.025",provider="assistant"} 1',
      'tollgate_tokens_total{provider="assistant"} 40',
      'tollgate_repaired_events_total{provider="assistant"} 2',
      'tollgate_dropped_events_total{provider="assistant"} 1',
      'tollgate_settlement_seconds_count 1',
      'tollgate_turns_total{outcome="completed",provider="assistant"} 1',
      'tollgate_turns_total{outcome="interrupted",provider="flowise"} 1',
      'tollgate_recovered_turns_total 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toContain('process_cpu_user_seconds_total');
  });

  it('keeps the applications of one process apart', async () => {
    const [one, other] = [new MetricsRegistry(), new MetricsRegistry()];
    new TurnMetrics(one).streamOpened();
    new TurnMetrics(other);
    expect(await one.text()).toContain('tollgate_open_streams 1\n');
    expect(await other.text()).toContain('tollgate_open_streams 0\n');
  });
});
