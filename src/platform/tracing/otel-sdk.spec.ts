import type { SamplerName } from '../../config/settings/tracing.settings.js';
import { createLog } from '../logging/create-log.js';
import { startSdk } from './otel-sdk.js';

/** The share of a trace is made of its id alone: this one is among the first hundredth, that among the last. */
const EARLY = '00000000000000000000000000000001';
const LATE = 'f0000000000000000000000000000000';

/** Nothing is sent: the pause before that is longer than the test. */
function isRecorded(
  sampler: SamplerName,
  share: number,
  traceId: string,
  flags: string | undefined,
): boolean {
  const { tracing } = startSdk(
    {
      export: { url: 'http://127.0.0.1:9/v1/traces', headers: {}, timeoutMs: 1, compression: 'none' },
      resource: {},
      sampler,
      sampledShare: share,
      maxQueueSize: 8,
      maxBatchSize: 8,
      batchDelayMs: 600_000,
    },
    createLog({ level: 'silent' }),
  );
  const traceparent = flags === undefined ? undefined : `00-${traceId}-${'1'.repeat(16)}-${flags}`;
  const span = tracing.begin('a', { parent: { traceparent } });
  const below = span.within(() => tracing.begin('b'));
  for (const begun of [below, span]) begun.end();
  // A trace is recorded whole, or not at all.
  expect(below.isRecorded).toBe(span.isRecorded);
  return span.isRecorded;
}

describe('OTEL_TRACES_SAMPLER', () => {
  it.each<[SamplerName, number, string, string | undefined, boolean]>([
    ['always_on', 0, EARLY, undefined, true],
    ['always_on', 0, EARLY, '00', true],
    ['always_off', 1, EARLY, '01', false],
    ['traceidratio', 0.5, EARLY, '00', true],
    ['traceidratio', 0.5, LATE, '01', false],
    ['traceidratio', 1, LATE, undefined, true],
    ['traceidratio', 0, EARLY, undefined, false],
    ['parentbased_always_on', 0, EARLY, undefined, true],
    ['parentbased_always_on', 0, EARLY, '01', true],
    ['parentbased_always_on', 0, EARLY, '00', false],
    ['parentbased_always_off', 1, EARLY, undefined, false],
    ['parentbased_always_off', 1, EARLY, '01', true],
    ['parentbased_traceidratio', 0, EARLY, undefined, false],
    ['parentbased_traceidratio', 1, LATE, undefined, true],
    ['parentbased_traceidratio', 0, LATE, '01', true],
    ['parentbased_traceidratio', 1, EARLY, '00', false],
  ])('%s with %s: trace %s of flags %s', (sampler, share, traceId, flags, expected) => {
    expect(isRecorded(sampler, share, traceId, flags)).toBe(expected);
  });
});
