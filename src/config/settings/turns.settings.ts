import { FAULT_POINTS, type FaultPoint } from '../../contract/fault-point.js';
import { oneOf, wholeNumber } from '../schema/kinds.js';
import { concern, setting } from '../schema/setting.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface TurnsConfig {
  /** Longest a turn may take, retries included. */
  readonly timeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
  readonly leaseMs: number;
  /** How long the record of an ended turn stays; messages and ledger rows have their own lives. */
  readonly retentionMs: number;
  /** For fault tests: the moment of a turn's life at which the process kills itself. */
  readonly faultPoint: FaultPoint | undefined;
  /** How often that moment passes unharmed before. */
  readonly faultAfter: number;
}

const milliseconds = (min: number, max: number) => wholeNumber({ min, max, unit: 'milliseconds' });

export const TURNS = concern({
  title: 'Turns',
  settings: {
    // A turn holds credits and its session for as long, and a shorter one than a second cannot end well.
    timeoutMs: setting('TURN_TIMEOUT_MS', milliseconds(SECOND_MS, 6 * HOUR_MS), {
      default: 600_000,
      about: 'Longest that a turn may take, retries included.',
    }),
    // Proxies commonly close what is silent for a minute.
    heartbeatIntervalMs: setting('HEARTBEAT_INTERVAL_MS', milliseconds(1, MINUTE_MS), {
      default: 15_000,
      about:
        'Pause between heartbeats of a silent stream; stay below the idle time-out of every proxy in front, and below the 30 seconds after which @tollgate/client takes a connection for lost.',
    }),
    shutdownDelayMs: setting('SHUTDOWN_DELAY_MS', milliseconds(0, 5 * MINUTE_MS), {
      default: 0,
      about:
        'How long it goes on taking turns at shutdown after /health/ready has begun to say 503, so that balancers notice before turns are refused. Comes before SHUTDOWN_GRACE_MS.',
    }),
    shutdownGraceMs: setting('SHUTDOWN_GRACE_MS', milliseconds(0, HOUR_MS), {
      default: 20_000,
      about:
        'How long running turns get to end by themselves at shutdown. Give the process 10 seconds more before it is killed.',
    }),
    // Renewed four times in its length, and as long as it is, nobody settles the turns of an instance that was killed.
    leaseMs: setting('TURN_LEASE_MS', milliseconds(100, 5 * MINUTE_MS), {
      default: 15_000,
      about: 'After how long the turns of a lost instance are settled by another.',
    }),
    retentionDays: setting('TURN_RETENTION_DAYS', wholeNumber({ min: 1, max: 36_500, unit: 'days' }), {
      default: 90,
      about:
        'How long the record of an ended turn stays: what failed, how it went, whom a repeated key attaches to. Messages and ledger stay.',
    }),
    faultPoint: setting('FAULT_POINT', oneOf(FAULT_POINTS), {
      hidden: true,
      about: "For fault tests: the moment of a turn's life at which the process kills itself.",
    }),
    faultAfter: setting('FAULT_AFTER', wholeNumber({ max: 1_000_000 }), {
      default: 0,
      hidden: true,
      about: 'For fault tests: how often that moment passes unharmed before.',
    }),
  },
  compose: ({ retentionDays, ...values }, { production, fail }): TurnsConfig => {
    if (production && values.faultPoint !== undefined)
      fail('FAULT_POINT', 'is for fault tests, not for production');
    return { ...values, retentionMs: retentionDays * DAY_MS };
  },
});
