import { BYPASSES } from '../../contract/bypass.js';
import { headerKey, someOf } from '../schema/kinds.js';
import { plainConcern, setting, type ConfigOf } from '../schema/setting.js';

export const OPERATIONS = plainConcern('Operations', {
  /** Set: `/metrics` wants it as bearer token. */
  metricsToken: setting('METRICS_TOKEN', headerKey(), {
    secret: true,
    about:
      'Set: GET /metrics wants it as bearer token. Unset: /metrics is open; then keep it from the public at your proxy.',
  }),
  /** What is done the usual way instead of the faster one (docs/bypasses.md). */
  bypassesOff: setting('BYPASSES_OFF', someOf(BYPASSES), {
    default: [],
    about:
      'What is to be done the usual way instead of the faster one, to find out whether that is to blame for something (docs/bypasses.md).',
  }),
});

export type OperationsConfig = ConfigOf<typeof OPERATIONS>;
