import { BYPASSES } from '../../contract/bypass.js';
import { headerKey, someOf, wholeNumber } from '../schema/kinds.js';
import { plainConcern, setting, type ConfigOf } from '../schema/setting.js';

export const OPERATIONS = plainConcern('Operations', {
  /** Set: `/metrics` wants it as bearer token. */
  metricsToken: setting('METRICS_TOKEN', headerKey(), {
    secret: true,
    about:
      'Set: GET /metrics wants it as bearer token. Unset: /metrics is open; then keep it from the public at your proxy.',
  }),
  auditRetentionDays: setting('AUDIT_RETENTION_DAYS', wholeNumber({ min: 1, max: 36_500, unit: 'days' }), {
    default: 730,
    about: 'How long the audit log keeps an entry (docs/operating/audit.md).',
  }),
  /** What is done the usual way instead of the faster one (docs/bypasses.md). */
  bypassesOff: setting('BYPASSES_OFF', someOf(BYPASSES), {
    default: [],
    about:
      'What is to be done the usual way instead of the faster one, to find out whether that is to blame for something (docs/bypasses.md).',
  }),
});

export type OperationsConfig = ConfigOf<typeof OPERATIONS>;
