import { headerKey } from '../schema/kinds.js';
import { plainConcern, setting, type ConfigOf } from '../schema/setting.js';

export const OPERATIONS = plainConcern('Operations', {
  /** Set: `/metrics` wants it as bearer token. */
  metricsToken: setting('METRICS_TOKEN', headerKey(), {
    secret: true,
    about:
      'Set: GET /metrics wants it as bearer token. Unset: /metrics is open; then keep it from the public at your proxy.',
  }),
});

export type OperationsConfig = ConfigOf<typeof OPERATIONS>;
